import { newsOf } from '../../src/bootstrap/news.js';

test('news of one of several is news; what was delivered is none', () => {
  let parts: (number | undefined)[] = [undefined, undefined];
  const news = newsOf(() => parts);
  expect(news()).toBeUndefined();
  parts = [7, 3];
  const first = news();
  expect(news()).toBe(first);
  parts = [7, undefined]; // the second was delivered, the first could not be
  expect(news()).toBe(first);
  parts = [8, undefined];
  expect(news()).not.toBe(first);
  parts = [undefined, undefined];
  expect(news()).toBeUndefined();
});
