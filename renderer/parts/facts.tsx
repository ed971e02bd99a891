/** Short facts in a row, with a dot between those that share a line. */
export function Facts({ facts }: { readonly facts: readonly string[] }) {
  return (
    <p class="facts">
      {facts.map((fact, index) => (
        <span key={index}>{fact}</span>
      ))}
    </p>
  );
}
