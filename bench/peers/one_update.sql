-- What the migration is without any tool: one statement, one transaction.
-- Every row stays locked until its end.

\if :adds
ALTER TABLE users ADD COLUMN :column :type;
\endif
UPDATE users SET :column = :value WHERE :condition;
