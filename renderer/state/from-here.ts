/** Where the page is: `location` has it. */
interface Place {
  hash: string;
}

/** What to call once a work that begins now is done: leads to `hash`, unless the user has gone elsewhere meanwhile. */
export function fromHere(place: Place): (hash: string) => void {
  const begun = place.hash;
  return (hash) => {
    if (place.hash === begun) place.hash = hash;
  };
}
