-- define() checks each argument, and stores what it was given.
\pset null '(null)'
CREATE TABLE t (id int PRIMARY KEY);
\set script '''ALTER TABLE t ADD x int'''

-- NULLs: what has no default must be given, what has one falls back to it
SELECT gradual.define(NULL, :script);
SELECT gradual.define('arguments_a', NULL);
SELECT gradual.define('arguments_a', :script, reverse => NULL, depends_on => NULL, on_error => NULL,
    max_errors => NULL, batch_size => NULL, batch_time => NULL, workers => NULL);
SELECT reverse, depends_on, quarantine, max_errors, batch_size, own_batch_time, workers
FROM gradual.migration WHERE name = 'arguments_a';

-- The name
SELECT gradual.define('', :script);
SELECT gradual.define(repeat('n', 1000), :script) = repeat('n', 1000) AS long;
SELECT gradual.define('Name with "quotes'', ä', :script);
SELECT gradual.forget('Name with "quotes'', ä');

-- reverse
SELECT gradual.define('arguments_b', :script, reverse => '[]');
SELECT gradual.define('arguments_b', :script, reverse => '"t.x"');
SELECT gradual.define('arguments_b', :script, reverse => '{"t.x": "id"}');
SELECT gradual.define('arguments_b', :script, reverse => '{"x": "id"}');
SELECT gradual.define('arguments_b', :script, reverse => '{"t.x": 1}');
-- depends_on
SELECT gradual.define('arguments_b', :script, depends_on => '{no_such_migration}');
SELECT gradual.define('arguments_b', :script, depends_on => '{arguments_b}');
SELECT gradual.define('arguments_b', :script, depends_on => '{arguments_a,NULL}');
SELECT gradual.define('arguments_b', :script, depends_on => '{arguments_a,arguments_a}');
-- on_error
SELECT gradual.define('arguments_c', :script, on_error => 'ignore');
SELECT gradual.define('arguments_c', :script, on_error => 'Fail');
SELECT gradual.define('arguments_q', :script, on_error => 'quarantine', max_errors => 3);
-- max_errors
SELECT gradual.define('arguments_c', :script, max_errors => -1);
-- batch_size
SELECT gradual.define('arguments_c', :script, batch_size => 0);
SELECT gradual.define('arguments_c', :script, batch_size => -5);
-- batch_time
SELECT gradual.define('arguments_c', :script, batch_time => '0');
SELECT gradual.define('arguments_c', :script, batch_time => '-10 ms');
SELECT gradual.define('arguments_c', :script, batch_time => '1 day');
SELECT gradual.define('arguments_c', :script, batch_time => '1 month');
-- workers
SELECT gradual.define('arguments_c', :script, workers => 0);
SELECT gradual.define('arguments_c', :script, workers => -1);
SELECT gradual.define('arguments_c', :script, workers => 65);
SELECT count(*) AS stored FROM gradual.ledger WHERE name = 'arguments_c';

-- All of them
SELECT gradual.define(name => 'arguments_c', script => :script, reverse => '{}', depends_on => '{}', on_error => 'fail',
    max_errors => 7, batch_size => 500, batch_time => '25 ms', workers => 2);
SELECT name, status, script, search_path, owner::text = current_user AS mine, max_errors, batch_size, own_batch_time, workers
FROM gradual.migration WHERE name = 'arguments_c';
SELECT event, from_status, to_status, by_role = current_user AS me FROM gradual.event WHERE name = 'arguments_c' ORDER BY at;
SELECT name, status, phase, progress, processed, total, error, worker FROM gradual.ledger WHERE name = 'arguments_c';

-- The plan is there, as explain() shows it, but for the id in interim names
SELECT step, phase, action, target, lock_mode, cost FROM gradual.plan('arguments_c');
SELECT gradual.plan(NULL);
SELECT gradual.plan('no_such_migration');
SELECT gradual.explain(NULL);

SELECT gradual.forget('arguments_a'), gradual.forget('arguments_b'), gradual.forget('arguments_c');
DROP TABLE t;
