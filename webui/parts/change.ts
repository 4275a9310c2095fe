// What every button that changes something does around it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LISTS } from '../api/lists.ts';
import { errorText } from '../api/trouble.ts';

/** Does something, says what came of it or why it could not be done, and reads the lists again. */
export function useChange<Said>(onDone: (said: Said | string) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (what: () => Promise<Said>) => what(),
    onSuccess: said => onDone(said),
    onError: error => onDone(errorText(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: LISTS }),
  });
}
