/*
 * beside.c
 *	  What hangs on columns that get another type, made beside the old objects.
 *
 * Invariant: before complete nothing is there that could raise in the
 * application.  A constraint could, since a value may not convert; so could a
 * second unique index over the same values, whenever two upserts bring the same
 * new key at once.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "utils/builtins.h"

#include "recipe/beside.h"
#include "recipe/names.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "beside.c must stay pure"
#endif

/* Is it a name of ours for something else on the table? */
static bool
is_taken(const GradualRecipeState *state, const GradualTable *table,
		 const GradualRetype *retype, const char *name)
{
	ListCell   *lc;

	foreach(lc, table->carried->retypes)
	{
		if (lfirst(lc) != retype && strcmp(((GradualRetype *) lfirst(lc))->shadow, name) == 0)
			return true;
	}
	foreach(lc, table->carried->indexes)
	{
		if (strcmp(((GradualCarriedIndex *) lfirst(lc))->interim, name) == 0)
			return true;
	}
	foreach(lc, table->carried->checks)
	{
		if (strcmp(((GradualCarriedCheck *) lfirst(lc))->interim, name) == 0)
			return true;
	}
	foreach(lc, state->script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);

		if (key->table == table && strcmp(key->interim, name) == 0)
			return true;
	}
	return false;
}

/* The shadow's own, but where a constraint has the name of the column. */
char *
gradual_beside_proof(const GradualRecipeState *state, const GradualTable *table,
					 const GradualRetype *retype)
{
	char	   *name = retype->shadow;

	for (int number = 1; is_taken(state, table, retype, name); number++)
		name = makeObjectName(retype->shadow, psprintf("%d", number), NULL);
	return name;
}

/* --- indexes, statistics --- */

static void
make_index(GradualRecipeState *state, const GradualCommand *command,
		   const GradualCarriedIndex *index)
{
	GradualTable *table = command->table;
	bool		partitioned = table->relkind == RELKIND_PARTITIONED_TABLE;
	const char *name = quote_identifier(index->interim);
	GradualStep *step = gradual_steps_index(state, command,
											index->unique ? GRADUAL_PREPARE : GRADUAL_INDEX,
											table,
											psprintf("%s%s",
													 gradual_names_schema_prefix(table->qualified),
													 name),
											psprintf("CREATE %sINDEX %s%s ON %s%s %s",
													 index->unique ? "UNIQUE " : "",
													 partitioned ? "" : "CONCURRENTLY ", name,
													 partitioned ? "ONLY " : "",
													 table->qualified, index->rest));

	step->action = psprintf(index->created ? "build index %s" : "build index %s anew", index->name);
	if (index->tablespace != NULL)
		step->settings = lappend(step->settings,
								 psprintf("SET LOCAL default_tablespace = %s",
										  quote_literal_cstr(index->tablespace)));
	step->note = index->unique ?
		"Over the column of the new type, concurrently. Only after complete, and as late as can be: beside a second unique index upserts of one new key at the same time can get 23505." :
		index->created ? "Over the column of the new type at once, concurrently." :
		"Over the column of the new type, concurrently; it takes the place of the old one in the swap.";
}

static void
make_statistics(GradualRecipeState *state, const GradualCommand *command,
				const GradualCarriedStatistics *statistics)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_INDEX);

	gradual_steps_command(step, pstrdup(statistics->definition));
	step->action = psprintf("define statistics %s anew", statistics->name);
	step->undo = list_make1(psprintf("DROP STATISTICS IF EXISTS %s.%s", statistics->schema,
									 quote_identifier(statistics->interim)));
	step->note = "Over the column of the new type; gathered with it before ready.";
	gradual_steps_lock(step, command->table, ShareUpdateExclusiveLock);
}

bool
gradual_beside_makes(const GradualIndexFacts *index)
{
	ListCell   *lc;

	if (index->table->carried == NULL)
		return false;
	foreach(lc, index->table->carried->indexes)
	{
		GradualCarriedIndex *carried = lfirst(lc);

		if (carried->created &&
			strcmp(psprintf("%s.%s", carried->schema, quote_identifier(carried->name)),
				   index->qualified) == 0)
			return true;
	}
	return false;
}

/* --- constraints --- */

static char *
drop_constraint(const GradualTable *table, const char *name)
{
	return psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", table->qualified,
					quote_identifier(name));
}

/* Rows that the new constraint would refuse, for the error: by a condition. */
static char *
count_rows(const GradualTable *table, const char *condition)
{
	return psprintf("SELECT pg_catalog.count(*), pg_catalog.string_agg(name, ', ') FILTER (WHERE number <= 5) FROM (SELECT %s AS name, pg_catalog.row_number() OVER () AS number FROM %s WHERE %s) AS violators",
					table->row, table->qualified, condition);
}

/* Two steps: for new rows at once, then for all. */
static void
add_constraint(GradualRecipeState *state, const GradualCommand *command,
			   const char *name, const char *definition, const char *action)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_PREPARE);

	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID",
										 command->table->qualified, quote_identifier(name),
										 definition));
	step->action = pstrdup(action);
	step->undo = list_make1(drop_constraint(command->table, name));
	step->note = "Only after complete, since it could refuse what the running application writes.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

static GradualStep *
validate(GradualRecipeState *state, const GradualCommand *command, const GradualTable *table,
		 const char *name)
{
	GradualStep *step = gradual_steps_validate(state, command, GRADUAL_PREPARE,
											   table->qualified, quote_identifier(name));

	step->est_rows = (int64) table->rows;
	step->note = "Scans the table while everybody goes on reading and writing.";
	gradual_steps_lock(step, table, ShareUpdateExclusiveLock);
	return step;
}

static void
prove_not_null(GradualRecipeState *state, const GradualCommand *command,
			   const GradualRetype *retype)
{
	char	   *name = gradual_beside_proof(state, command->table, retype);
	const char *shadow = quote_identifier(retype->shadow);
	GradualStep *step;

	add_constraint(state, command, name, psprintf("CHECK (%s IS NOT NULL)", shadow),
				   psprintf("require new %s in new rows", retype->column));
	step = validate(state, command, command->table, name);
	step->action = psprintf("prove new %s is not null", retype->column);
	step->check = count_rows(command->table, psprintf("%s IS NULL", shadow));
	gradual_steps_note(step, "So SET NOT NULL need not scan it under ACCESS EXCLUSIVE.");
}

static void
make_check(GradualRecipeState *state, const GradualCommand *command,
		   const GradualCarriedCheck *check)
{
	GradualStep *step;

	add_constraint(state, command, check->interim, check->definition,
				   psprintf("add constraint %s anew", check->name));
	if (!check->valid)
		return;
	step = validate(state, command, command->table, check->interim);
	step->action = psprintf("validate constraint %s anew", check->name);
	if (strncmp(check->definition, "CHECK (", strlen("CHECK (")) == 0)
		step->check = count_rows(command->table,
								 psprintf("NOT %s", check->definition + strlen("CHECK ")));
}

void
gradual_beside_make(GradualRecipeState *state, const GradualCommand *command)
{
	GradualCarried *carry = command->table->carried;
	ListCell   *lc;

	foreach(lc, carry->indexes)
		make_index(state, command, lfirst(lc));
	foreach(lc, carry->statistics)
		make_statistics(state, command, lfirst(lc));
	foreach(lc, carry->retypes)
	{
		GradualRetype *retype = lfirst(lc);

		if (retype->not_null && !retype->unproved)
			prove_not_null(state, command, retype);
	}
	foreach(lc, carry->checks)
		make_check(state, command, lfirst(lc));
}

/* --- foreign keys --- */

void
gradual_beside_lock(GradualStep *step, const GradualTable *table, LOCKMODE mode)
{
	gradual_steps_lock_name(step, table->qualified, mode);
}

static GradualStep *
add_key(GradualRecipeState *state, const GradualCarriedKey *key, char *table, const char *how)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL, GRADUAL_PREPARE);
	const char *interim = quote_identifier(key->interim);

	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s%s", table, interim,
										 key->definition, how));
	step->action = psprintf("add constraint %s anew", key->name);
	step->target = table;
	step->undo = list_make1(psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", table, interim));
	step->note = "A second foreign key, over the columns of the new type, which takes the place of the old one in the swap.";
	gradual_steps_lock_name(step, table, ShareRowExclusiveLock);
	gradual_beside_lock(step, key->referenced, ShareRowExclusiveLock);
	return step;
}

static GradualStep *
validate_key(GradualRecipeState *state, const GradualCarriedKey *key, char *table)
{
	GradualStep *step = gradual_steps_validate(state, NULL, GRADUAL_PREPARE, table,
											   quote_identifier(key->interim));

	step->est_rows = (int64) key->table->rows;
	step->note = "Scans the table while everybody goes on reading and writing.";
	step->action = psprintf("validate constraint %s anew", key->name);
	gradual_steps_lock_name(step, table, ShareUpdateExclusiveLock);
	gradual_beside_lock(step, key->referenced, RowShareLock);
	if (!key->has_parts)
		return step;
	gradual_steps_command(step, psprintf("SELECT gradual.settle_foreign_key(%s::pg_catalog.regclass, %s)",
										 quote_literal_cstr(table),
										 quote_literal_cstr(key->interim)));
	gradual_steps_note(step, "Before PostgreSQL 18 VALIDATE leaves the parts of a foreign key to a partitioned table as they were; they are marked valid with it.");
	return step;
}

/*
 * The unique index that it refers to is there by now, and keeps it when it
 * becomes a primary key.
 */
static void
make_key(GradualRecipeState *state, const GradualCarriedKey *key)
{
	GradualStep *step;
	ListCell   *lc;

	foreach(lc, key->leaves)
	{
		step = add_key(state, key, lfirst(lc), " NOT VALID");
		gradual_steps_note(step, "Before PostgreSQL 18 a foreign key of a partitioned table cannot be NOT VALID: so each partition gets it first, without looking at its rows.");
		gradual_steps_if_there(step);
		gradual_steps_if_there(validate_key(state, key, lfirst(lc)));
	}
	if (key->leaves != NIL)
	{
		step = add_key(state, key, key->table->qualified, "");
		gradual_steps_note(step, "It takes over the constraints of the partitions, so no row is looked at; their triggers go, for which everybody waits for an instant.");
		gradual_beside_lock(step, key->referenced, AccessExclusiveLock);
		return;
	}
	(void) add_key(state, key, key->table->qualified, " NOT VALID");
	if (key->valid)
		(void) validate_key(state, key, key->table->qualified);
}

void
gradual_beside_keys(GradualRecipeState *state)
{
	ListCell   *lc;

	foreach(lc, state->swapped_keys)
		make_key(state, lfirst(lc));
}
