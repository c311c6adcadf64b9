-- What people write by hand: a loop over the primary key, :batch rows and a
-- COMMIT each.  Unlike pg_gradual it does not see rows that are inserted or
-- changed behind it, and when it is interrupted nobody knows how far it was.

\if :adds
ALTER TABLE users ADD COLUMN :column :type;
\endif

SELECT format($format$
CREATE PROCEDURE fill(batch int) LANGUAGE plpgsql AS $$
DECLARE
    done users.id%%TYPE := %L;
    upto users.id%%TYPE;
BEGIN
    LOOP
        SELECT id INTO upto
        FROM (SELECT id FROM users WHERE id > done ORDER BY id LIMIT batch) next
        ORDER BY id DESC LIMIT 1;
        EXIT WHEN upto IS NULL;
        UPDATE users SET %I = %s
        WHERE id > done AND id <= upto AND %s;
        done := upto;
        COMMIT;
    END LOOP;
END
$$
$format$, :'first_key', :'column', :'value', :'condition')
\gexec

CALL fill(:batch);
