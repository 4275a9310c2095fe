// A collection some of whose updates fail before they are sent. Unlike a fault point of mongod, it is this test's alone.
import type { Collection, Document, UpdateFilter } from 'mongodb';

/** The same collection; `updateOne` rejects with what `fault` returns for its update, if anything. */
export function brokenCollection<T extends Document>(
  collection: Collection<T>,
  fault: (update: UpdateFilter<T> | Document[]) => Error | null,
): Collection<T> {
  const updateOne = (...args: Parameters<Collection<T>['updateOne']>) => {
    const error = fault(args[1]);
    return error ? Promise.reject(error) : collection.updateOne(...args);
  };
  return new Proxy(collection, {
    get(target, key) {
      if (key === 'updateOne') return updateOne;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
