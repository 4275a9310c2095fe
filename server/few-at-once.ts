// Many reads or writes for one cause, of which only a few are under way: the other connections are there for tasks.
const atOnce = 8;

/** Does something for each, eight at a time; answers in their order. After a failure no further eight begin. */
export async function fewAtOnce<Item, Answer>(
  items: readonly Item[],
  act: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let at = 0; at < items.length; at += atOnce)
    answers.push(...(await Promise.all(items.slice(at, at + atOnce).map(act))));
  return answers;
}
