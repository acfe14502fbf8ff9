import { expect, test } from 'vitest'
import { count, cut, duration, durationBetween, money, oneLine, ordinal, size } from '../src/words.ts'

test('a span is said in its two largest units', () => {
  const spans = [0, 999, 1000, 58_999, 64_000, 242_000, 3_599_999, 3_600_000, 90_061_000]
  expect(spans.map(duration)).toEqual([
    ...['<1 s', '<1 s', '1 s', '58 s', '1 m 04 s', '4 m 02 s', '59 m 59 s', '1 h 00 m', '25 h 01 m'],
  ])
  expect(durationBetween('2026-11-21T10:00:00.000Z', '2026-11-21T10:04:02.900Z')).toBe('4 m 02 s')
})

test('money has cents, and less than a cent is not nothing', () => {
  expect([0, 0.0001, 0.01, 0.314, 12].map(money)).toEqual(['$0.00', '<$0.01', '$0.01', '$0.31', '$12.00'])
})

test('bytes are said in the unit that keeps them below a thousand', () => {
  const sizes = [0, 512, 999, 1000, 2140, 999_949, 999_950, 1_200_000, 3_000_000_000, 4e15]
  expect(sizes.map(size)).toEqual([
    ...['0 B', '512 B', '999 B', '1.0 kB', '2.1 kB', '999.9 kB', '1.0 MB', '1.2 MB', '3.0 GB', '4000.0 TB'],
  ])
})

test('places in a line end as they are spoken', () => {
  const places = [1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 113]
  expect(places.map(ordinal).join(' ')).toBe('1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th 113th')
})

test('a noun follows its number', () => {
  expect([0, 1, 2].map(n => count(n, 'file'))).toEqual(['0 files', '1 file', '2 files'])
})

test('a long text is cut at a word', () => {
  expect(oneLine('Winter tyres\n  for people', 40)).toBe('Winter tyres for people')
  expect(oneLine('Winter tyres for people who seldom see snow', 20)).toBe('Winter tyres for…')
  expect(oneLine('Donaudampfschifffahrtsgesellschaft', 10)).toBe('Donaudamp…')
})

test('a cut leaves no half of a character', () => {
  expect(cut('ab😀', 3)).toBe('ab')
  expect(cut('ab😀', 4)).toBe('ab😀')
})
