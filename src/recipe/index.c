/*
 * index.c
 *	  CREATE INDEX, DROP INDEX, REINDEX: concurrently.
 *
 * Invariant: an index is built after the backfills of its table.  One that is
 * there before them keeps every update from being HOT, and is written twice.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "recipe/beside.h"
#include "recipe/names.h"
#include "recipe/need.h"
#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/spell.h"
#include "recipe/undo_index.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "index.c must stay pure"
#endif

static void build_twin(GradualRecipeState *state, const GradualCommand *command);

/* --- CREATE INDEX --- */

/* Does any statement of the script change the table's rows in batches? */
static bool
is_changed_anywhere(const GradualRecipeState *state, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->table != table)
			continue;
		if (command->change != NULL &&
			(command->change->copy == NULL || command->change->not_batchable == NULL))
			return true;
		if (command->added != NULL && command->added->default_volatile &&
			!command->added->existed)
			return true;
	}
	return false;
}

/* May a later change of rows, or code that we cannot look into, read the table? */
static bool
is_used_later(const GradualScript *script, const GradualCommand *create)
{
	ListCell   *lc;

	foreach(lc, script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number > create->statement->number && !statement->dropped &&
			(gradual_spell_is_dml(statement) || gradual_late_is_opaque(statement)) &&
			gradual_spell_mentions(statement, create->index->table,
								   gradual_spell_names(create->index->table)))
			return true;
	}
	return false;
}

static GradualPhase
index_phase(const GradualRecipeState *state, const GradualCommand *command)
{
	bool		early = !is_changed_anywhere(state, command->index->table) &&
	is_used_later(state->script, command);

	return gradual_place_work(gradual_place_ddl(state, command,
												early ? GRADUAL_EXPAND : GRADUAL_INDEX));
}

/*
 * The definition with CONCURRENTLY, or for a partitioned table ON ONLY: the
 * empty shell to which the indexes of the partitions are attached, each of them
 * built concurrently.
 */
static char *
concurrent_definition(const GradualIndexFacts *index, GradualPhase phase)
{
	const char *definition = phase < GRADUAL_SWAP ? index->physical : index->definition;
	static const char unique[] = "CREATE UNIQUE INDEX ";
	static const char plain[] = "CREATE INDEX ";
	bool		is_unique = strncmp(definition, unique, strlen(unique)) == 0;
	const char *head = is_unique ? unique : plain;
	const char *name = quote_identifier(gradual_names_unqualified(index->qualified));
	const char *rest = definition + strlen(head);

	if (strncmp(definition, head, strlen(head)) != 0)
		elog(ERROR, "unexpected index definition: %s", definition);
	if (index->table->relkind != RELKIND_PARTITIONED_TABLE)
		return psprintf("%sCONCURRENTLY %s", head, rest);

	if (strncmp(rest, name, strlen(name)) != 0 ||
		strncmp(rest + strlen(name), " ON ", 4) != 0)
		elog(ERROR, "unexpected index definition: %s", definition);
	rest += strlen(name) + 4;
	if (strncmp(rest, "ONLY ", 5) == 0)
		rest += 5;
	return psprintf("%s%s ON ONLY %s", head, name, rest);
}

/* --- an index in place of one of the same name --- */

/*
 * The command that an index is dropped by, or made by, while another one makes,
 * or drops, one of the same name on the same table; NULL = none.  Only a plain
 * index can be built under another name: those of partitions would get names
 * that tell.
 */
static GradualCommand *
find_counterpart(const GradualRecipeState *state, const GradualCommand *command, NodeTag tag)
{
	GradualIndexFacts *index = command->index;
	ListCell   *lc;

	if (index->table->relkind == RELKIND_PARTITIONED_TABLE || GRADUAL_TABLE_AT_ONCE(index->table))
		return NULL;
	foreach(lc, state->commands)
	{
		GradualCommand *other = lfirst(lc);
		bool		before = other->statement->number < command->statement->number;

		if (before == (tag == T_DropStmt) && nodeTag(other->node) == tag &&
			other->index != NULL && !other->noop && other->index->table == index->table &&
			strcmp(other->index->qualified, index->qualified) == 0 &&
			!(tag == T_DropStmt ? other->index->created : index->created))
			return other;
	}
	return NULL;
}

/* The phase of the build, whose interim name does not collide with what is dropped. */
static GradualPhase
interim_phase(const GradualRecipeState *state, const GradualCommand *command,
			  const GradualCommand *drop)
{
	GradualRecipeState without = *state;
	ListCell   *lc;

	without.late = NIL;
	foreach(lc, state->late)
	{
		if (((GradualLate *) lfirst(lc))->statement != drop->statement)
			without.late = lappend(without.late, lfirst(lc));
	}
	return index_phase(&without, command);
}

/* Facts of the same index under its interim name. */
static GradualIndexFacts *
interim_index(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualIndexFacts *index = command->index;
	GradualIndexFacts *interim = palloc(sizeof(GradualIndexFacts));
	const char *name = quote_identifier(gradual_names_unqualified(index->qualified));
	const char *interim_name = quote_identifier(gradual_ident_interim(state->migration,
																	  command->statement->number, 2));
	const char *head = psprintf("%s ON ", name);
	char	   *rest = strstr(index->physical, head);

	if (rest == NULL)
		elog(ERROR, "unexpected index definition: %s", index->physical);
	*interim = *index;
	interim->qualified = psprintf("%s%s", gradual_names_schema_prefix(index->qualified), interim_name);
	interim->physical = interim->definition =
		psprintf("%s%s%s", pnstrdup(index->physical, rest - index->physical), interim_name,
				 rest + strlen(name));
	return interim;
}

static void
put_in_place(GradualRecipeState *state, const GradualCommand *command,
			 const GradualIndexFacts *interim)
{
	const char *name = gradual_names_unqualified(command->index->qualified);
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_SWAP);

	gradual_steps_command(step, psprintf("ALTER INDEX %s RENAME TO %s", interim->qualified,
										 quote_identifier(name)));
	step->target = command->index->table->qualified;
	step->action = psprintf("put index %s in place", name);
	gradual_steps_lock_name(step, interim->qualified, ShareUpdateExclusiveLock);
	step->note = "The old index goes in the same transaction.";
}

/* With the name of the index, and for all partitions if there are any. */
static char *
whole_definition(const GradualIndexFacts *index)
{
	static const char only[] = " ON ONLY ";
	int			name = strlen("CREATE INDEX ") + strlen(gradual_names_unqualified(index->qualified));
	const char *found = strstr(index->definition + name, only);

	if (index->table->relkind != RELKIND_PARTITIONED_TABLE || found == NULL)
		return index->definition;
	return psprintf("%.*s ON %s", (int) (found - index->definition), index->definition,
					found + strlen(only));
}

/*
 * In a transaction: CONCURRENTLY would refuse that.  Where the table has its old name
 * yet, PostgreSQL would name the index after that; and a second column, which has the
 * new name of a column until the swap, is gone after it.
 */
static char *
text_at_once(const GradualCommand *command, GradualPhase phase)
{
	const IndexStmt *create = (IndexStmt *) command->node;
	GradualIndexFacts *index = command->index;

	if (phase < GRADUAL_SWAP && index->physical != NULL &&
		strcmp(index->physical, index->definition) != 0)
		return index->physical;
	if (create->concurrent)
		return index->definition;
	if (create->idxname == NULL && create->relation->inh && !index->table->created &&
		index->table->namings != NIL)
		return whole_definition(index);
	return command->statement->sql;
}

/* On a table without rows */
static void
create_at_once(GradualRecipeState *state, GradualCommand *command)
{
	GradualIndexFacts *index = command->index;
	GradualPhase phase = gradual_place_ddl(state, command, GRADUAL_EXPAND);
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, text_at_once(command, phase));
	step->target = index->table->qualified;
	step->action = psprintf("build index %s", gradual_names_unqualified(index->qualified));
	gradual_steps_lock(step, index->table, ShareLock);
	step->undo = list_make1(psprintf("DROP INDEX IF EXISTS %s", index->qualified));
	if (step->phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = index->table->created ? "The script creates the table." :
		"The table has no rows.";
}

void
gradual_recipe_create_index(GradualRecipeState *state, GradualCommand *command)
{
	IndexStmt  *create = (IndexStmt *) command->node;
	GradualIndexFacts *index = command->index;
	GradualCommand *drop;
	GradualPhase phase;
	GradualStep *step;
	bool		replaces;

	if (index == NULL || index->table == NULL)
		elog(ERROR, "no facts about the index of statement %d", command->statement->number);
	if (index->exists || gradual_beside_makes(index))
		return;
	if (GRADUAL_TABLE_AT_ONCE(index->table) && !index->table->own_indexes)
	{
		create_at_once(state, command);
		return;
	}
	if (index->table->relkind == RELKIND_PARTITIONED_TABLE && !create->relation->inh)
		gradual_script_refuse(command->statement, "CREATE INDEX ON ONLY",
							  "It leaves an invalid index on the partitioned table.",
							  "Leave ONLY out: the indexes of the partitions are built concurrently, one by one, and attached.");

	drop = find_counterpart(state, command, T_DropStmt);
	phase = drop != NULL ? interim_phase(state, command, drop) : index_phase(state, command);
	replaces = drop != NULL && phase < GRADUAL_PHASE_READY;
	if (replaces)
		index = interim_index(state, command);
	else
		phase = index_phase(state, command);
	step = gradual_steps_index(state, command, phase, index->table, index->qualified,
							   concurrent_definition(index, phase));
	step->action = psprintf("build index %s", gradual_names_unqualified(command->index->qualified));
	step->check = step->phase < GRADUAL_SWAP ? index->duplicates_before : index->duplicates;
	step->note = "Concurrently: CREATE INDEX would block all writes for as long as the build takes. An invalid leftover of a failed build is dropped and built again.";
	if (step->phase == GRADUAL_EXPAND)
		gradual_steps_note(step, "First, since a later statement may need it.");
	else if (gradual_place_changed(state, index->table))
		gradual_steps_note(step, "After the backfill of the table, which is cheaper without it.");
	if (index->table->relkind == RELKIND_PARTITIONED_TABLE)
		gradual_steps_note(step, "On the parent only, which stops its writers for an instant, then each partition concurrently, then attached.");
	if (step->phase < GRADUAL_SWAP && index->physical != NULL)
		build_twin(state, command);
	if (!replaces)
		return;
	gradual_steps_note(step, "Under another name until the swap, where it takes the place of the old one.");
	put_in_place(state, command, index);
}

/* --- indexes for second columns --- */

/*
 * Unique ones come last: until they are there, two transactions that insert one
 * new key meet at one index only.
 */
void
gradual_recipe_twin_index(GradualRecipeState *state, const GradualCommand *command,
						  const GradualTwinIndex *twin, int number)
{
	bool		partitioned = twin->table->relkind == RELKIND_PARTITIONED_TABLE;
	const char *name = quote_identifier(gradual_ident_interim(state->migration,
															  command->statement->number, number));
	GradualStep *step = gradual_steps_index(state, command,
											twin->unique ? GRADUAL_VERIFY : GRADUAL_INDEX,
											twin->table, psprintf("%s.%s", twin->schema, name),
											psprintf("CREATE %sINDEX %s%s ON %s%s",
													 twin->unique ? "UNIQUE " : "",
													 partitioned ? "" : "CONCURRENTLY ", name,
													 partitioned ? "ONLY " : "",
													 twin->rest + strlen(" ON ")));

	step->action = psprintf("build index like %s by the new name", twin->name);
	step->note = "So that queries by the new name are as fast; concurrently, and gone after complete.";
	if (twin->unique)
		gradual_steps_note(step, "Last: beside a second unique index, concurrent upserts of one new key can fail with 23505 until complete.");
}

static bool
mentions_visible(const GradualIndexFacts *index)
{
	ListCell   *lc;

	foreach(lc, index->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (bridge->visible && !bridge->outdated && gradual_names_mentioned(index->definition, bridge->name))
			return true;
	}
	return false;
}

/* An index that is built over the first columns serves the second ones no query. */
static void
build_twin(GradualRecipeState *state, const GradualCommand *command)
{
	GradualIndexFacts *index = command->index;
	GradualTwinIndex twin = {0};
	char	   *name = gradual_names_unqualified(index->qualified);
	const char *quoted = quote_identifier(name);
	char	   *head = psprintf("INDEX %s ON ", quoted);
	char	   *found = strstr(index->definition, head);

	if (found == NULL || strcmp(index->physical, index->definition) == 0 ||
		!mentions_visible(index))
		return;
	twin.name = name;
	twin.schema = pnstrdup(index->qualified,
						   strlen(index->qualified) - strlen(quoted) - 1);
	twin.table = index->table;
	twin.unique = ((IndexStmt *) command->node)->unique;
	twin.rest = found + strlen(head) - strlen(" ON ");
	gradual_recipe_twin_index(state, command, &twin, 1);
}

/* --- DROP INDEX --- */

/*
 * Under lock: with what hangs on it, or in the transaction in which the new one
 * gets its name.
 */
static void
drop_in_swap(GradualRecipeState *state, const GradualCommand *command, bool cascades)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL,
										  gradual_place_ddl(state, command, GRADUAL_SWAP));

	gradual_steps_command(step, psprintf("DROP INDEX %s%s", command->index->qualified,
										 cascades ? " CASCADE" : ""));
	step->target = command->index->table->qualified;
	step->action = psprintf("drop index %s", gradual_names_unqualified(command->index->qualified));
	gradual_steps_lock(step, command->index->table, AccessExclusiveLock);
	gradual_steps_lock_dropped(step, command, AccessExclusiveLock);
	step->note = cascades ?
		psprintf("CASCADE takes along: %s. So only after complete: a rollback could not bring that back.",
				 command->drop->along) :
		"It serves until the swap, where another one takes its place.";
}

void
gradual_recipe_drop_index(GradualRecipeState *state, GradualCommand *command)
{
	GradualIndexFacts *index = command->index;
	bool		cascades = command->drop != NULL && command->drop->along != NULL;
	bool		at_once,
				partitioned;
	GradualPhase own,
				phase;
	GradualStep *step;

	if (index == NULL || !index->exists)
		return;
	at_once = GRADUAL_TABLE_AT_ONCE(index->table);
	partitioned = index->table->relkind == RELKIND_PARTITIONED_TABLE;
	if (cascades || find_counterpart(state, command, T_IndexStmt) != NULL)
	{
		drop_in_swap(state, command, cascades);
		return;
	}
	own = Max(at_once ? GRADUAL_EXPAND : GRADUAL_INDEX,
			  gradual_place_after_walk(state, index->table,
									   gradual_names_unqualified(index->qualified)));
	phase = gradual_place_work(gradual_place_ddl(state, command, own));

	step = gradual_steps_add(state, command,
							 at_once ? GRADUAL_STEP_DDL : GRADUAL_STEP_DROP_INDEX, phase);
	gradual_steps_command(step, psprintf("DROP INDEX %s%s",
										 at_once || partitioned ? "" : "CONCURRENTLY ",
										 index->qualified));
	step->target = index->table->qualified;
	step->index = index->qualified;
	step->action = psprintf("drop index %s", gradual_names_unqualified(index->qualified));
	gradual_steps_lock(step, index->table,
					   at_once || partitioned ? AccessExclusiveLock : ShareUpdateExclusiveLock);
	if (!index->created && !index->table->created)
	{
		step->undo_query = gradual_undo_index(index->qualified, index->table->qualified, !at_once);
		if (strncmp(index->definition, "CREATE UNIQUE ", strlen("CREATE UNIQUE ")) == 0)
			step->reversible = "if no duplicates";
		if (phase >= GRADUAL_SWAP)
			step->reversible = GRADUAL_UNTIL_COMPLETE;
	}
	step->undo_concurrently = !at_once;
	if (at_once)
		return;
	step->note = "Concurrently: DROP INDEX would wait in the queue with ACCESS EXCLUSIVE, and everybody behind it.";
	if (partitioned)
		step->note = "A partitioned index cannot be dropped concurrently: ACCESS EXCLUSIVE on the table and its partitions, for an instant.";
	if (step->undo_query != NULL)
		gradual_steps_note(step, "Rolling back builds the index again.");
	if (index->last_used != NULL && index->last_used[0] != '\0')
		gradual_steps_note(step, psprintf("The index was %s.", index->last_used));
}

/* --- REINDEX --- */

static char *
tablespace_option(List *parameters)
{
	ListCell   *lc;

	foreach(lc, parameters)
	{
		DefElem    *option = lfirst(lc);

		if (strcmp(option->defname, "tablespace") == 0)
			return psprintf("(TABLESPACE %s) ", quote_identifier(defGetString(option)));
	}
	return "";
}

void
gradual_recipe_reindex(GradualRecipeState *state, GradualCommand *command)
{
	ReindexStmt *reindex = (ReindexStmt *) command->node;
	const char *what = reindex->kind == REINDEX_OBJECT_INDEX ? "INDEX" : "TABLE";
	GradualStep *step;

	if (reindex->relation == NULL)
		gradual_script_refuse(command->statement, "REINDEX of a schema or database",
							  "Only REINDEX INDEX and REINDEX TABLE can be part of a migration.",
							  "Name the tables, one REINDEX TABLE for each.");
	if (command->table != NULL && command->table->created)
	{
		gradual_recipe_as_written(state, command);
		return;
	}
	step = gradual_steps_add(state, command, GRADUAL_STEP_REINDEX,
							 gradual_place_work(gradual_place_ddl(state, command, GRADUAL_INDEX)));
	gradual_steps_command(step, psprintf("REINDEX %s%s CONCURRENTLY %s",
										 tablespace_option(reindex->params), what,
										 gradual_names_range(reindex->relation)));
	if (command->table == NULL)
		step->target = gradual_names_range(reindex->relation);
	step->action = psprintf("reindex %s", reindex->relation->relname);
	step->cost = "index build";
	step->lock_mode = "SHARE UPDATE EXCLUSIVE";
	gradual_steps_lock(step, command->table, ShareUpdateExclusiveLock);
	step->note = "Concurrently: REINDEX would block all writes, and every plan that looks at the index, for as long as it takes. What it leaves behind when it is interrupted is dropped.";
	if (command->table != NULL && command->table->relkind == RELKIND_PARTITIONED_TABLE)
		gradual_steps_note(step, "One partition after another: REINDEX of all would lock them together before it begins, and writers would wait behind it.");
}
