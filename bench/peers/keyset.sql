-- What people write by hand: a loop over the primary key, :batch rows and a
-- COMMIT each.  Unlike pg_gradual it does not see rows that are inserted or
-- changed behind it, and when it is interrupted nobody knows how far it was.

CREATE PROCEDURE fill_display_name(batch int)
LANGUAGE plpgsql AS $$
DECLARE
    done bigint := 0;
    upto bigint;
BEGIN
    LOOP
        SELECT max(id) INTO upto
        FROM (SELECT id FROM users WHERE id > done ORDER BY id LIMIT batch) next;
        EXIT WHEN upto IS NULL;
        UPDATE users SET display_name = split_part(email, '@', 1)
        WHERE id > done AND id <= upto AND display_name IS NULL;
        done := upto;
        COMMIT;
    END LOOP;
END
$$;

CALL fill_display_name(:batch);
