// Asks the server for addresses: by words, or the nearest one to a place.
import type {Place} from './config';

export interface FoundAddress extends Place {
  text: string;
}

async function ask(url: string, parameters: Record<string, string>): Promise<FoundAddress[] | undefined> {
  const address = new URL(url, location.href);
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  try {
    const answer = await fetch(address, {headers: {Accept: 'application/json'}});
    if (!answer.ok) return undefined;
    const body = (await answer.json()) as {results: FoundAddress[]} | FoundAddress[];
    return Array.isArray(body) ? body : body.results;
  } catch {
    return undefined;
  }
}

/** Whether the server would look for it: one word with three letters or digits side by side. */
export function canBeFound(text: string): boolean {
  return /[\p{L}\p{N}]{3}/u.test(text);
}

/** Addresses for what was typed, best first; undefined when the server did not answer. */
export function findAddresses(url: string, text: string): Promise<FoundAddress[] | undefined> {
  return ask(url, {q: text});
}

/** The nearest address to a place, or undefined. */
export async function addressAt(url: string, {lat, lon}: Place): Promise<FoundAddress | undefined> {
  return (await ask(url, {lat: lat.toFixed(6), lon: lon.toFixed(6)}))?.[0];
}
