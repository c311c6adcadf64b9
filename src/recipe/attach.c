/*
 * attach.c
 *	  ATTACH PARTITION: what would be scanned under lock is proved before; and what
 *	  would go through rows once a table with rows has been put below is refused.
 *
 * Invariant: nothing of ours refuses a row of the running application before
 * complete: the proofs are CHECK constraints that are added in prepare, and go
 * in the swap.
 *
 * If we crash here the constraints are there until the steps are undone.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "base/texts.h"
#include "recipe/late.h"
#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/violators.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "attach.c must stay pure"
#endif

/* Has it rows, or what the script has attached to it? */
static bool
has_rows(const GradualAttach *attach)
{
	return attach->below != NULL || !GRADUAL_TABLE_AT_ONCE(attach->partition);
}

static const GradualTable *
table_with_rows(const GradualAttach *attach)
{
	return attach->below != NULL ? attach->below : attach->partition;
}

static int64
pages_of(const GradualAttach *attach)
{
	return attach->partition->pages + (attach->below != NULL ? attach->below->pages : 0);
}

static void
refuse_work_under_lock(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualAttach *attach = command->attach;
	const char *partition = table_with_rows(attach)->qualified;

	if (!has_rows(attach) || state->script->allow_blocking ||
		pages_of(attach) < state->script->direct_pages)
		return;
	if (attach->unproved_below)
		gradual_script_refuse(command->statement, "ATTACH PARTITION",
							  psprintf("It would scan the rows of %s, which the script has attached to %s before, while nobody can use it.",
									   partition, attach->partition->qualified),
							  psprintf("First attach %s, then its own partitions: their rows are proved to fit before that.",
									   attach->partition->qualified));
	if (attach->scans)
		gradual_script_refuse(command->statement, "ATTACH PARTITION .. DEFAULT",
							  psprintf("It would scan the rows of %s while nobody can use it.", partition),
							  "SET gradual.allow_blocking = on to run it anyway.");
	if (attach->builds)
		gradual_script_refuse(command->statement, "ATTACH PARTITION",
							  psprintf("It would build indexes on %s while nobody can use it.", partition),
							  psprintf("First give %s an index for each one of %s, with the same columns.",
									   partition, command->table->qualified));
	if (attach->foreign_keys)
		gradual_script_refuse(command->statement, "ATTACH PARTITION",
							  psprintf("It would check the foreign keys of all rows of %s while nobody can use it.",
									   partition),
							  psprintf("First give %s a foreign key like each one of %s, before this statement.",
									   partition, command->table->qualified));
}

/* Does the command go through the rows below its table, too, where that has no partitions? */
static bool
reaches_children(const GradualCommand *command)
{
	const Constraint *added;

	if (IsA(command->node, IndexStmt))
		return false;
	if (!gradual_steps_is(command, AT_AddConstraint))
		return true;
	added = (Constraint *) ((AlterTableCmd *) command->node)->def;
	return added != NULL && IsA(added, Constraint) && added->contype != CONSTR_UNIQUE &&
		added->contype != CONSTR_EXCLUSION && added->contype != CONSTR_FOREIGN &&
		!added->is_no_inherit;
}

/* Does a new column need a look at all rows: for what it must be, or what it gets? */
static bool
looks_for_column(const GradualCommand *command)
{
	const GradualColumn *added = command->added;
	ListCell   *lc;

	if (command->rewrites || added->default_volatile ||
		(added->not_null && added->default_expr == NULL))
		return true;
	foreach(lc, command->constraints)
	{
		char		type = ((GradualConstraint *) lfirst(lc))->type;

		if (type != GRADUAL_CONSTRAINT_NOT_NULL &&
			(type != CONSTRAINT_FOREIGN || added->default_expr != NULL))
			return true;
	}
	return false;
}

/* Does it change them, as one statement, since its table had none? */
static bool
changes_rows_below(const GradualCommand *command)
{
	Node	   *node = command->node;

	return (IsA(node, UpdateStmt) && ((UpdateStmt *) node)->relation->inh) ||
		(IsA(node, DeleteStmt) && ((DeleteStmt *) node)->relation->inh) ||
		(IsA(node, MergeStmt) && ((MergeStmt *) node)->relation->inh);
}

/* Does the command go through all rows of its table under lock, if there are any? */
static bool
looks_at_rows(const GradualCommand *command)
{
	ListCell   *lc;

	if (IsA(command->node, IndexStmt))
		return ((IndexStmt *) command->node)->relation->inh;
	if (gradual_steps_is_only(command))
		return false;
	if (gradual_steps_is(command, AT_SetNotNull))
		return !command->column_not_null;
	if (gradual_steps_is(command, AT_AlterColumnType))
		return true;
	if (gradual_steps_is(command, AT_AddColumn) && command->added != NULL)
		return looks_for_column(command);
	foreach(lc, gradual_steps_is(command, AT_AddConstraint) ? command->constraints : NIL)
	{
		if (((GradualConstraint *) lfirst(lc))->valid)
			return true;
	}
	return false;
}

/* The table that a command puts below others, which it gives; or NULL. */
static GradualTable *
moved_below(const GradualCommand *command, List **parents)
{
	if (command->attach != NULL)
	{
		*parents = list_make1(command->table);
		return command->attach->partition;
	}
	*parents = command->touches;
	return gradual_steps_is(command, AT_AddInherit) ? command->table : NULL;
}

static bool
is_any_below(List *tables, List *others)
{
	ListCell   *lc,
			   *other;

	foreach(lc, tables)
	{
		foreach(other, others)
		{
			if (lfirst(lc) == lfirst(other) ||
				list_member_ptr(((GradualTable *) lfirst(lc))->above, lfirst(other)))
				return true;
		}
	}
	return false;
}

/*
 * A command before this one by which a table with rows, which it gives, has come below
 * this one's, perhaps with others in between; NULL = none.
 */
static const GradualCommand *
find_rows_below(const GradualRecipeState *state, const GradualCommand *command, GradualTable **child)
{
	List	   *family = list_make1(command->table);
	int			known;
	ListCell   *lc;

	do
	{
		known = list_length(family);
		foreach(lc, state->commands)
		{
			const GradualCommand *other = lfirst(lc);
			List	   *parents;

			*child = moved_below(other, &parents);
			if (*child == NULL || other->statement->number >= command->statement->number ||
				list_member_ptr(family, *child) || !is_any_below(parents, family))
				continue;
			if (!GRADUAL_TABLE_AT_ONCE(*child) && (*child)->pages >= state->script->direct_pages)
				return other;
			family = lappend(family, *child);
		}
	} while (list_length(family) > known);
	return NULL;
}

/*
 * To a table without rows a statement is an instant, but not once the script has put
 * one with rows below it.
 */
void
gradual_recipe_refuse_below(const GradualRecipeState *state, const GradualCommand *command)
{
	const GradualCommand *other;
	GradualTable *child;

	if (command->table == NULL || !GRADUAL_TABLE_AT_ONCE(command->table) ||
		state->script->allow_blocking || !(looks_at_rows(command) || changes_rows_below(command)) ||
		(command->table->relkind != RELKIND_PARTITIONED_TABLE && !reaches_children(command)))
		return;
	other = find_rows_below(state, command, &child);
	if (other == NULL)
		return;
	gradual_script_refuse(command->statement,
						  psprintf("%s after %s", command->statement->tag,
								   other->attach != NULL ? "ATTACH PARTITION" : "INHERIT"),
						  psprintf("It would go through the rows of %s %s.",
								   child->qualified,
								   changes_rows_below(command) ? "in one transaction" : "while nobody can use it"),
						  psprintf("Write it before statement %d, or put it into a migration of its own, whose depends_on names this one.",
								   other->statement->number));
}

/* The proofs run before the swap, and name the columns as they are after it. */
static void
refuse_late_columns(const GradualRecipeState *state, const GradualCommand *command,
					const GradualTable *table)
{
	ListCell   *lc,
			   *lm;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		foreach(lm, late->phase < GRADUAL_SWAP ? NIL : late->columns)
		{
			GradualLateColumn *column = lfirst(lm);

			if (gradual_steps_kin(column->table, table) &&
				gradual_texts_have(command->attach->columns, column->name))
				gradual_script_refuse(command->statement, "ATTACH PARTITION",
									  psprintf("The rows of %s are proved to fit before the swap, in which statement %d changes column %s.",
											   table->qualified, late->statement->number,
											   quote_identifier(column->name)),
									  "Put it into a migration of its own, whose depends_on names this one.");
		}
	}
}

/* A CHECK constraint that says it all, validated without stopping anybody. */
static char *
prove(GradualRecipeState *state, const GradualCommand *command, const GradualTable *table,
	  const char *condition, int number)
{
	char	   *name = gradual_ident_interim(state->migration, command->statement->number, number);
	GradualStep *step;

	refuse_late_columns(state, command, table);
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_PREPARE);
	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s) NOT VALID",
										 table->qualified, name, condition));
	step->undo = list_make1(psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
									 table->qualified, name));
	step->target = table->qualified;
	step->action = "require bounds of new rows";
	step->transaction = GRADUAL_TRANSACTION_ALONE;
	gradual_steps_lock(step, table, AccessExclusiveLock);
	step->note = "So that ATTACH PARTITION need not scan the rows under lock.";

	step = gradual_steps_validate(state, command, GRADUAL_PREPARE, table->qualified, name);
	step->action = "prove bounds of old rows";
	step->est_rows = (int64) table->rows;
	step->check = gradual_violators_where(table, psprintf("NOT (%s)", condition));
	gradual_steps_lock(step, table, ShareUpdateExclusiveLock);
	step->note = "Scans the table while everybody goes on reading and writing; rows that do not fit lead back to ready.";
	return psprintf("ALTER TABLE %s DROP CONSTRAINT %s", table->qualified, name);
}

/*
 * DETACH leaves the partition the indexes and constraints that ATTACH has given
 * it: what it has by its parent then, and did not have before, goes too.  But an
 * index stays on which an older one of a partition of its own now hangs.
 */
static char *
undo_attach(const char *parent, const char *partition)
{
	static const char *const given =
	GRADUAL_UNDO_ROWS
	"SELECT pg_catalog.format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.conrelid::pg_catalog.regclass, c.conname)"
	" FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_constraint p ON p.oid = c.conparentid AND p.conrelid = pg_catalog.to_regclass(%1$L)"
	" WHERE c.conrelid = pg_catalog.to_regclass(%2$L) AND c.contype = 'f' AND c.conname <> ALL (%3$L::pg_catalog.name[])"
	" UNION ALL "
	"SELECT COALESCE((SELECT pg_catalog.format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::pg_catalog.regclass, conname) FROM pg_catalog.pg_constraint WHERE conindid = i.indexrelid AND conrelid = i.indrelid AND contype IN ('p', 'u', 'x')),"
	" pg_catalog.format('DROP INDEX %%s', i.indexrelid::pg_catalog.regclass))"
	" FROM pg_catalog.pg_index i JOIN pg_catalog.pg_inherits ON inhrelid = i.indexrelid"
	" WHERE i.indrelid = pg_catalog.to_regclass(%2$L) AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree(i.indexrelid) t WHERE t.relid::text = ANY (%4$L::text[]))";

	return psprintf("SELECT u.undo FROM (SELECT %1$s AS parent, %2$s AS partition) p, LATERAL ("
					"SELECT 1 AS n, 'ALTER TABLE ' || parent || ' DETACH PARTITION ' || partition AS undo UNION ALL "
					"SELECT 2, pg_catalog.format(%3$s, parent, partition,"
					" ARRAY(SELECT conname FROM pg_catalog.pg_constraint WHERE conrelid = pg_catalog.to_regclass(partition)),"
					" ARRAY(SELECT indexrelid::pg_catalog.regclass::text FROM pg_catalog.pg_index"
					" WHERE indrelid IN (SELECT pg_catalog.to_regclass(partition) UNION SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(partition)))))"
					") u ORDER BY u.n",
					quote_literal_cstr(parent), quote_literal_cstr(partition),
					quote_literal_cstr(given));
}

void
gradual_recipe_attach_partition(GradualRecipeState *state, GradualCommand *command)
{
	GradualAttach *attach = command->attach;
	bool		at_once = GRADUAL_TABLE_AT_ONCE(attach->partition) &&
	attach->out_of_bounds == NULL;
	bool		work = (attach->scans || attach->builds || attach->foreign_keys ||
						attach->unproved_below) && has_rows(attach);
	GradualPhase phase = gradual_place_ddl(state, command,
										   at_once ? GRADUAL_EXPAND : GRADUAL_SWAP);
	char	   *in = NULL;
	char	   *out = NULL;
	GradualStep *step;

	refuse_work_under_lock(state, command);
	if (attach->in_bounds != NULL)
		in = prove(state, command, attach->partition, attach->in_bounds, 1);
	if (attach->out_of_bounds != NULL)
		out = prove(state, command, attach->other, attach->out_of_bounds, 2);
	if (work)
		phase = gradual_place_work(phase);
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	gradual_steps_command(step, command->statement->sql);
	if (in != NULL)
		gradual_steps_command(step, in);
	if (out != NULL)
		gradual_steps_command(step, out);
	step->action = psprintf("attach partition %s", attach->partition->name);
	if (work)
		step->cost = "scan";
	gradual_steps_lock(step, command->table, ShareUpdateExclusiveLock);
	gradual_steps_lock(step, attach->partition, AccessExclusiveLock);
	gradual_steps_lock(step, attach->other, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	else
		step->undo_query = undo_attach(command->table->qualified,
									   attach->partition->qualified);
	step->note = at_once ? "The partition has no rows: for an instant." :
		"It changes which rows the running application finds in the partitioned table: so only after complete.";
}
