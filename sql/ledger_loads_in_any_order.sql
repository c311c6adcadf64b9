-- Claim: the ledger's tables can be filled in any order, as pg_restore does with
-- --jobs, which knows no order of an extension's tables; and forget() leaves no row
-- in any of them.
CREATE TABLE load (id int PRIMARY KEY, n int);
INSERT INTO load SELECT i, CASE WHEN i = 7 THEN 0 ELSE i END FROM generate_series(1, 20) i;
SELECT gradual.define('load', 'UPDATE load SET n = 100 / n', on_error => 'quarantine');
SELECT gradual.start('load');
CALL gradual.wait('load');

SELECT array_agg(relname ORDER BY relname DESC) AS parts FROM pg_class
WHERE relnamespace = 'gradual'::regnamespace AND relkind = 'r' AND relname <> 'migration_event' \gset
SELECT format('CREATE TEMPORARY TABLE %I AS TABLE gradual.%1$I', part) FROM unnest(:'parts'::text[]) part \gexec
SELECT format('DELETE FROM gradual.%I', part) FROM unnest(:'parts'::text[]) part \gexec
SELECT format('INSERT INTO gradual.%I TABLE pg_temp.%1$I', part) FROM unnest(:'parts'::text[]) part \gexec

SELECT status, processed, failed FROM gradual.ledger WHERE name = 'load';
UPDATE load SET n = 1 WHERE n = 0;
SELECT gradual.retry_quarantined('load');
SELECT gradual.complete('load');
CALL gradual.wait('load');
SELECT status, processed, failed FROM gradual.ledger WHERE name = 'load';

SELECT gradual.define('again', 'UPDATE load SET n = 100 / (n - 100)', on_error => 'quarantine');
SELECT gradual.start('again');
CALL gradual.wait('again');
INSERT INTO gradual.migration_reindexed SELECT migration, 1, 1, '{}' FROM gradual.migration_step;
INSERT INTO gradual.migration_refused SELECT migration, 1, '{}', '', '' FROM gradual.migration_step;
SELECT gradual.rollback('again', force => true);
CALL gradual.wait('again');
SELECT gradual.forget(name) FROM gradual.ledger ORDER BY name;
SELECT format('SELECT count(*) AS %I FROM gradual.%1$I', part) FROM unnest(:'parts'::text[]) part \gexec
