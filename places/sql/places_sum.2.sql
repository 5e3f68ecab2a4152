-- The difference between the parts that were (``places_gone``) and those that are, added to the sums at each level. Where nothing
-- differs nothing is written.
CREATE OR REPLACE FUNCTION places_sum() RETURNS void LANGUAGE sql SET jit = off AS $$
INSERT INTO places_moneytotal AS t (level, stage, currency, year, district, kind, contractor, street, amount, rows)
SELECT GROUPING(s.year, s.district, s.kind, s.contractor, s.street), s.stage, s.currency, coalesce(s.year, 0), coalesce(s.district, ''),
       coalesce(s.kind, ''), coalesce(s.contractor, 0), coalesce(s.street, 0), sum(s.amount), sum(s.number)
FROM (
    SELECT stage, currency, year, district, kind, contractor, street, -amount AS amount, -1 AS number FROM places_gone
    UNION ALL
    SELECT m.stage, m.currency, m.year, m.district, m.kind, m.contractor, m.street, m.amount, 1
    FROM places_due AS d JOIN places_moneyshare AS m ON m.source = d.what AND m.line = d.thing
) AS s
GROUP BY s.stage, s.currency, GROUPING SETS (
    (), (s.year), (s.district), (s.kind), (s.contractor), (s.street), (s.year, s.district), (s.year, s.kind), (s.district, s.kind),
    (s.year, s.district, s.kind), (s.contractor, s.year), (s.contractor, s.district), (s.contractor, s.kind),
    (s.street, s.year), (s.street, s.district), (s.street, s.kind))
HAVING sum(s.number) <> 0 OR sum(s.amount) <> 0
ON CONFLICT (level, contractor, street, district, kind, year, stage, currency)
DO UPDATE SET amount = t.amount + excluded.amount, rows = t.rows + excluded.rows
$$
