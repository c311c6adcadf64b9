-- A first step that refuses a transaction block is refused, nothing has
-- happened, and the call in the hint leads on.
CREATE TABLE first_step (id int PRIMARY KEY, a int);
INSERT INTO first_step SELECT g, g FROM generate_series(1, 20) g;
SELECT gradual.define('first_step', 'CREATE INDEX first_step_a ON first_step (a)');
SELECT * FROM gradual.run_batch('first_step');
SELECT status FROM gradual.ledger WHERE name = 'first_step';
SELECT gradual.start('first_step');
CALL gradual.wait('first_step');
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'first_step'::regclass ORDER BY 1;

SELECT gradual.forget('first_step');
DROP TABLE first_step;
