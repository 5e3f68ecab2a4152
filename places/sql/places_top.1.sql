-- Who a firm is after all merges. Twenty hops end a ring of merges, which nothing else forbids.
CREATE OR REPLACE FUNCTION places_top(firm bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
WITH RECURSIVE up(id, next, hops) AS (
    SELECT id, merged_into_id, 0 FROM works_organisation WHERE id = firm
    UNION ALL
    SELECT o.id, o.merged_into_id, hops + 1 FROM up JOIN works_organisation AS o ON o.id = up.next WHERE hops < 20
)
SELECT id FROM up ORDER BY hops DESC LIMIT 1
$$
