// Which database errors mean "the outcome is unknown, or it may go better in a moment".
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerSelectionError,
  MongoWriteConcernError,
} from 'mongodb';

// Not primary, shutting down, stepping down, interrupted, write concern timeout: MongoDB's retryable state changes.
const transientCodes = new Set([6, 7, 64, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Whether an error came from the connection, a failover or a slow majority, and not from what was asked. */
export function isTransient(error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  if (error instanceof MongoWriteConcernError) return true;
  if (error instanceof MongoBulkWriteError && [error.writeErrors].flat().length > 0) return false;
  if (!(error instanceof MongoError)) return false;
  if (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('TransientTransactionError'))
    return true;
  return (
    error.name === 'MongoPoolClearedError' || ('code' in error && transientCodes.has(Number(error.code)))
  );
}
