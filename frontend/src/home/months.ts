// Months as the slider counts them: '2025-03' in the addresses, a number in between.
import {dateLocale} from '../map/config';

export function numberOf(month: string): number {
  const [year = 0, part = 1] = month.split('-').map(Number);
  return year * 12 + part - 1;
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

/** The first day of the month with this number, as an address writes it. */
export function firstDay(number: number): string {
  return `${pad(Math.floor(number / 12), 4)}-${pad(number % 12 + 1, 2)}-01`;
}

export function lastDay(number: number): string {
  const day = new Date(Date.UTC(Math.floor(number / 12), number % 12 + 1, 0)).getUTCDate();
  return firstDay(number).slice(0, 8) + pad(day, 2);
}

/** "March 2025" in a language. */
export function monthName(number: number, language: string): string {
  const day = new Date(Date.UTC(Math.floor(number / 12), number % 12, 15));
  return day.toLocaleDateString(dateLocale(language), {month: 'long', year: 'numeric', timeZone: 'UTC'});
}

/** "10 March 2025" of a day as an address writes it. */
export function dayName(day: string, language: string): string {
  return new Date(`${day}T12:00:00Z`).toLocaleDateString(dateLocale(language), {day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC'});
}

/** Whether the days are those of whole months; an open end is. */
export function areWholeMonths(since: string, until: string): boolean {
  return (!since || since === firstDay(numberOf(since))) && (!until || until === lastDay(numberOf(until)));
}
