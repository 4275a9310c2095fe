// Which database errors mean "the outcome is unknown, or it may go better in a moment".
import {
  MongoBulkWriteError,
  MongoError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerSelectionError,
  MongoWriteConcernError,
} from 'mongodb';

// Not primary, shutting down, stepping down, interrupted, write concern timeout: MongoDB's retryable state changes.
const stateChanges = [6, 7, 64, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436];
// A time limit, a lock, a cursor, an operator or a key of a new set in the way: never the fault of what was asked.
const inTheWay = [24, 43, 50, 112, 133, 175, 211, 237, 11601];
const transientCodes = new Set([...stateChanges, ...inTheWay]);

// BadValue, Overflow (too deep), InvalidBSON, DocumentValidationFailure, and the faces of "larger than 16 MB".
const refusals = new Set([2, 15, 22, 121, 10334, 17280, 17419, 17420]);

/** Whether the document itself was refused, here or by mongod: no later try could store it either. */
export function isRefusal(error: unknown): boolean {
  // What is no error of the driver was thrown while the document was made into BSON.
  if (!(error instanceof MongoError)) return true;
  return error instanceof MongoInvalidArgumentError || ('code' in error && refusals.has(Number(error.code)));
}

/** The driver's errors for connections that were not to be had, by name: one of the two classes is not exported. */
const transientNames = new Set(['MongoPoolClearedError', 'MongoWaitQueueTimeoutError']);

/** Whether an error came from the connection, a failover or a slow majority, and not from what was asked. */
export function isTransient(error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  if (error instanceof MongoWriteConcernError) return true;
  if (error instanceof MongoBulkWriteError) {
    // Also beside write errors: a duplicate key of a task that no majority has yet is no proof that it is stored.
    if (error.result.getWriteConcernError() !== undefined) return true;
    if ([error.writeErrors].flat().length > 0) return false;
    // The driver's own error in the clothes of mongod's, without its name: nobody answered. What mongod says has a code.
    if (error.code === undefined) return true;
  }
  if (!(error instanceof MongoError)) return false;
  if (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('TransientTransactionError'))
    return true;
  return transientNames.has(error.name) || ('code' in error && transientCodes.has(Number(error.code)));
}
