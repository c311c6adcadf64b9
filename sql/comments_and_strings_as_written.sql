-- Comments nest, strings have backslashes, and a step that goes with a renamed
-- table, or takes a comment back, is made from such a statement as from any other.

SET gradual.direct_pages = 0;
CREATE TABLE users (id int PRIMARY KEY, note text);
INSERT INTO users VALUES (1, 'one'), (2, 'two');
COMMENT ON TABLE users IS 'before';
SELECT gradual.define('comment', $$
    COMMENT /* what /* it */ IS */ON TABLE users--is
        IS 'after';
    ALTER TABLE users ALTER note SET NOT NULL;
$$);
SELECT gradual.start('comment');
CALL gradual.wait('comment');
SELECT obj_description('users'::regclass);
SELECT gradual.rollback('comment');
CALL gradual.wait('comment');
SELECT status, obj_description('users'::regclass) FROM gradual.ledger WHERE name = 'comment';

-- the last name of the table is no word of these, so they need not wait for the swap
SELECT gradual.define('strings', $$
    ALTER TABLE users RENAME TO e;
    UPDATE e SET note = E'it\'s' /* an /* e */' e */ WHERE id = 1 AND note <> 'f';
    UPDATE e SET note = $x$/* two$x$ WHERE id = 2 AND note IN ('two', '*/');
$$);
SELECT step, phase, action FROM gradual.plan('strings');
SELECT gradual.start('strings');
CALL gradual.wait('strings');
SELECT gradual.complete('strings');
CALL gradual.wait('strings');
SELECT * FROM e ORDER BY id;
DROP TABLE e;
