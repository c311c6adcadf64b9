-- With on_error => 'quarantine' a backfill goes on without the rows that raise:
-- they are noted with their errors, keep complete() waiting, and can be tried
-- again once they are repaired.

CREATE TABLE account (id int PRIMARY KEY, birthday text, visits int, at text);
INSERT INTO account SELECT g, CASE WHEN g % 1000 = 0 THEN 'unknown' ELSE '2000-01-01' END, g, 'x'
FROM generate_series(1, 5000) g;
INSERT INTO account VALUES (5001, 'never', 1, 'x');
ALTER TABLE account ADD CONSTRAINT few CHECK (visits <> 2501) NOT VALID;

SELECT gradual.define('fill', $$
    ALTER TABLE account ADD COLUMN born date;
    UPDATE account SET born = birthday::date WHERE born IS NULL;
$$, on_error => 'quarantine');
SELECT gradual.start('fill');
CALL gradual.wait('fill');
SELECT status, processed, failed FROM gradual.ledger WHERE name = 'fill';
SELECT name, step, key, row ->> 'birthday' AS birthday, sqlstate, message, "table" FROM gradual.quarantined ORDER BY key;
SELECT count(*) FILTER (WHERE born IS NULL), count(*) FROM account;

-- they keep it from being completed
SELECT gradual.complete('fill');

-- one is repaired, one deleted, one filled by the application
UPDATE account SET birthday = '1999-09-09' WHERE id = 2000;
DELETE FROM account WHERE id = 3000;
UPDATE account SET born = '1980-01-01' WHERE id = 4000;
SELECT gradual.retry_quarantined('fill');
SELECT key FROM gradual.quarantined ORDER BY key;
SELECT id, born FROM account WHERE id IN (2000, 3000, 4000) ORDER BY id;
SELECT gradual.complete('fill', force => true);
CALL gradual.wait('fill');
SELECT status, failed FROM gradual.ledger WHERE name = 'fill';
SELECT id FROM account WHERE born IS NULL ORDER BY id;

-- the key source: every key once, with a constraint that one row violates; what
-- would complete by itself waits for a word
SELECT gradual.define('once', $$ UPDATE account SET visits = visits + 1 $$, on_error => 'quarantine');
SELECT gradual.start('once');
CALL gradual.wait('once');
SELECT status, processed, failed FROM gradual.ledger WHERE name = 'once';
SELECT key, sqlstate, message FROM gradual.quarantined WHERE name = 'once';
SELECT count(*) FILTER (WHERE visits = id), count(*) FILTER (WHERE visits = id + 1), count(*) FROM account;
ALTER TABLE account DROP CONSTRAINT few;
SELECT gradual.retry_quarantined('once');
SELECT count(*) FILTER (WHERE visits = id), count(*) FILTER (WHERE visits = id + 1), count(*) FROM account;
CALL gradual.run('once');
SELECT status, processed, failed FROM gradual.ledger WHERE name = 'once';

-- so does one that was to complete by itself
SELECT gradual.define('auto', $$ UPDATE account SET at = birthday::date::text WHERE at = 'x' AND id > 4990 $$, on_error => 'quarantine');
SELECT gradual.start('auto', auto_complete => true);
CALL gradual.wait('auto');
SELECT status, failed, error FROM gradual.ledger WHERE name = 'auto';
SELECT gradual.complete('auto', force => true);
CALL gradual.wait('auto');

-- beyond max_errors it fails, and goes on when they are repaired
SELECT gradual.define('max', $$ UPDATE account SET at = (10 / (id % 1000 - 1))::text WHERE at = 'x' $$,
    on_error => 'quarantine', max_errors => 2);
SELECT gradual.start('max');
CALL gradual.wait('max');
SELECT status, failed, error FROM gradual.ledger WHERE name = 'max';
DELETE FROM account WHERE id % 1000 = 1 AND id > 1000;
SELECT gradual.retry_quarantined('max');
SELECT gradual.start('max');
CALL gradual.wait('max');
SELECT status, failed FROM gradual.ledger WHERE name = 'max';

-- a rollback forgets them
SELECT gradual.define('back', $$
    ALTER TABLE account ADD COLUMN born2 date;
    UPDATE account SET born2 = birthday::date WHERE born2 IS NULL;
$$, on_error => 'quarantine');
SELECT gradual.rollback('max', force => true);
CALL gradual.wait('max');
SELECT gradual.start('back');
CALL gradual.wait('back');
SELECT failed FROM gradual.ledger WHERE name = 'back';
SELECT gradual.rollback('back');
CALL gradual.wait('back');
SELECT status, failed FROM gradual.ledger WHERE name = 'back';

-- refusals
SELECT gradual.retry_quarantined('back');
SELECT gradual.retry_quarantined(NULL);
SELECT gradual.define('x', 'UPDATE account SET at = 1', on_error => 'ignore');
