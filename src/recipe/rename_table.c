/*
 * rename_table.c
 *	  RENAME TO and SET SCHEMA of tables, views and sequences.
 *
 * The relation gets its new name in the swap.  Until then a view with the new
 * name, with the rights of who asks and the grants of the table, stands in for
 * it: INSERT, UPDATE and DELETE go through such a view to the table, so both
 * names are live, and no row is copied.
 *
 * Invariant: the view is made after all other changes of the table before
 * ready, and dropped first thing in the swap, so nothing that the script does
 * to the table is stopped by the view, and the view has all its columns.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "utils/builtins.h"

#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "rename_table.c must stay pure"
#endif

#define VIEW_HAZARDS \
	"Until complete the new name is a view, through which rows are read and written with the rights and the row security of who asks." \
	" What it cannot do: COPY, TRUNCATE, ON CONFLICT ON CONSTRAINT, MERGE before PostgreSQL 17, ctid, xmin and tableoid," \
	" foreign keys to it, GROUP BY a key alone, functions over its row type, pg_get_serial_sequence, DDL;" \
	" the information schema shows neither defaults nor constraints of it. Who needs these moves to the new name after complete."

static RangeVar *
range_of(const GradualStatement *statement)
{
	Node	   *node = statement->node;

	return IsA(node, RenameStmt) ? ((RenameStmt *) node)->relation :
		((AlterObjectSchemaStmt *) node)->relation;
}

static char *
action(const GradualStatement *statement)
{
	Node	   *node = statement->node;

	if (IsA(node, RenameStmt))
		return psprintf("rename %s to %s", range_of(statement)->relname,
						((RenameStmt *) node)->newname);
	return psprintf("move %s to schema %s", range_of(statement)->relname,
					((AlterObjectSchemaStmt *) node)->newschema);
}

static const char *
kind(const GradualNaming *naming)
{
	switch (naming->relkind)
	{
		case RELKIND_VIEW:
			return "VIEW";
		case RELKIND_MATVIEW:
			return "MATERIALIZED VIEW";
		case RELKIND_SEQUENCE:
			return "SEQUENCE";
		case RELKIND_FOREIGN_TABLE:
			return "FOREIGN TABLE";
		default:
			return "TABLE";
	}
}

/* Is nobody out there who knows the old name? */
static bool
is_unknown(const GradualRecipeState *state, const GradualCommand *command)
{
	if (command->table != NULL)
		return command->table->created;
	return gradual_names_created(state->script, command->statement,
								 range_of(command->statement)->relname, true);
}

static void
describe(GradualStep *step, const GradualCommand *command)
{
	GradualNaming *naming = command->naming;

	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "In the swap, which takes an instant: until then the old name holds. Code that names the old one fails from then on.";
	if (command->table == NULL)
		return;
	if (naming->relkind == RELKIND_RELATION || naming->relkind == RELKIND_PARTITIONED_TABLE)
		gradual_steps_note(step, "Its sequences, indexes and constraints keep their names.");
	gradual_steps_note_mentioned(step, command);
	if (naming->no_view != NULL)
		gradual_steps_note(step, psprintf("No view can have the new name before, since %s: who uses it moves at complete.",
										  naming->no_view));
}

void
gradual_recipe_rename_table(GradualRecipeState *state, GradualCommand *command)
{
	GradualNaming *naming = command->naming;
	GradualPhase own = is_unknown(state, command) ? GRADUAL_EXPAND : GRADUAL_SWAP;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL,
										  gradual_place_ddl(state, command, own));

	gradual_steps_command(step, command->statement->sql);
	step->action = action(command->statement);
	if (command->table == NULL)
	{
		step->target = naming->from;
		step->lock_mode = "ACCESS EXCLUSIVE";
		step->blocks = "reads and writes";
	}
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	naming->step = step;
	if (step->phase >= GRADUAL_SWAP)
		describe(step, command);
	else
		step->undo = list_make1(psprintf("ALTER %s IF EXISTS %s %s", kind(naming), naming->to,
										 naming->back));
}

/* --- the view that stands in --- */

static bool
drops_relations(const DropStmt *drop)
{
	return drop->removeType == OBJECT_TABLE || drop->removeType == OBJECT_VIEW ||
		drop->removeType == OBJECT_MATVIEW || drop->removeType == OBJECT_FOREIGN_TABLE ||
		drop->removeType == OBJECT_SCHEMA;
}

static bool
is_dropped(const GradualRecipeState *state, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (IsA(command->node, DropStmt) && drops_relations((DropStmt *) command->node) &&
			(command->table == table || list_member_ptr(command->touches, table)))
			return true;
	}
	return false;
}

/* The last name, if it can stand beside the first until the swap; else NULL. */
static GradualNaming *
bridged_name(const GradualRecipeState *state, const GradualTable *table)
{
	GradualNaming *last = table->namings == NIL ? NULL : llast(table->namings);
	ListCell   *lc;

	foreach(lc, table->namings)
	{
		if (((GradualNaming *) lfirst(lc))->of_schema)
			return NULL;
	}
	if (last == NULL || table->created || last->no_view != NULL || last->step == NULL ||
		last->step->phase != GRADUAL_SWAP || strcmp(last->to, table->qualified) == 0 ||
		is_dropped(state, table))
		return NULL;
	return last;
}

/* After the last change of the table's shape before ready. */
static GradualPhase
view_phase(const GradualRecipeState *state, const GradualTable *table)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc;

	foreach(lc, state->steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->kind == GRADUAL_STEP_DDL && step->phase < GRADUAL_PHASE_READY &&
			strcmp(step->target, table->qualified) == 0)
			phase = Max(phase, step->phase);
	}
	return phase;
}

static void
make_view(GradualRecipeState *state, const GradualTable *table, const GradualNaming *naming)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL,
										  view_phase(state, table));

	gradual_steps_command(step, psprintf("CREATE VIEW %s WITH (security_invoker = true) AS SELECT * FROM %s",
										 naming->to, table->qualified));
	if (naming->owner != NULL)
		gradual_steps_command(step, psprintf("ALTER VIEW %s OWNER TO %s", naming->to,
											 naming->owner));
	gradual_steps_command(step, psprintf("SELECT gradual.copy_privileges(%s, %s)",
										 quote_literal_cstr(table->qualified),
										 quote_literal_cstr(naming->to)));
	step->action = psprintf("let a view stand in for %s", naming->name);
	step->target = naming->to;
	step->undo = list_make1(psprintf("DROP VIEW IF EXISTS %s", naming->to));
	step->note = VIEW_HAZARDS;
}

static void
check_view(GradualRecipeState *state, const GradualNaming *naming)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL, GRADUAL_PREPARE);

	gradual_steps_command(step, psprintf("SELECT gradual.refuse_dependents(%s)",
										 quote_literal_cstr(naming->to)));
	step->action = psprintf("see that nothing depends on the view %s", naming->name);
	step->target = naming->to;
	step->note = "What somebody hung on the view would have to go with it, so complete is refused, naming it.";
}

static void
drop_view(GradualRecipeState *state, const GradualNaming *naming)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL, GRADUAL_SWAP);

	gradual_steps_command(step, psprintf("DROP VIEW %s", naming->to));
	gradual_steps_lock_name(step, naming->to, AccessExclusiveLock);
	step->action = psprintf("drop the view %s", naming->name);
	step->target = naming->to;
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "It makes room for the table of its name, in the same transaction.";
	gradual_steps_open(state, step);
}

void
gradual_recipe_stand_ins(GradualRecipeState *state)
{
	ListCell   *lc;

	foreach(lc, state->script->tables)
	{
		GradualTable *table = lfirst(lc);
		GradualNaming *naming = bridged_name(state, table);

		if (naming == NULL)
			continue;
		make_view(state, table, naming);
		check_view(state, naming);
		drop_view(state, naming);
	}
}
