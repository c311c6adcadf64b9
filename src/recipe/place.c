/*
 * place.c
 *	  In which phase a statement may run.
 *
 * Invariant: inside a phase steps keep the script's order, so a statement is
 * never wrong in the latest phase of all that came before it; everything here
 * is about how much earlier it may go.
 */
#include "postgres.h"

#include "recipe/names.h"
#include "recipe/place.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "place.c must stay pure"
#endif

static bool
any_mentioned(const char *sql, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (gradual_names_mentioned(sql, lfirst(lc)))
			return true;
	}
	return false;
}

/*
 * Names whose meaning for earlier statements changes when this one runs.  A
 * trigger, rule or policy changes what a change of its table does.
 */
static List *
names_disturbed(const GradualCommand *command)
{
	GradualStatement *statement = command->statement;
	Node	   *node = statement->node;
	List	   *names = NIL;

	if (!gradual_names_only_creates(statement))
		names = gradual_names_defined(statement);
	if (command->table != NULL &&
		(IsA(node, CreateTrigStmt) || IsA(node, RuleStmt) ||
		 IsA(node, CreatePolicyStmt) ||
		 (IsA(node, AlterTableStmt) && GRADUAL_TABLE_AT_ONCE(command->table))))
		names = lappend(list_copy(names), command->table->name);
	return names;
}

/* Code that may do anything to the table it names has to find it as the script would. */
static bool
is_code_about(const GradualStatement *statement, const GradualTable *table)
{
	return (IsA(statement->node, DoStmt) || IsA(statement->node, CallStmt)) &&
		table != NULL && gradual_names_mentioned(statement->sql, table->name);
}

GradualPhase
gradual_place_ddl(const GradualRecipeState *state, const GradualCommand *command,
				  GradualPhase own)
{
	List	   *disturbed = names_disturbed(command);
	GradualPhase phase = own;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (any_mentioned(command->statement->sql, late->names) ||
			is_code_about(late->statement, command->table))
			phase = Max(phase, late->phase);
		if (any_mentioned(late->statement->sql, disturbed))
			phase = Max(phase, late->until);
	}
	return phase;
}

/* Does the statement say something about a column of the table that is there? */
static bool
is_about_column(const GradualStatement *statement, const GradualTable *table,
				const char *column)
{
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->table == table && command->column != NULL &&
			IsA(command->node, AlterTableCmd) &&
			((AlterTableCmd *) command->node)->subtype != AT_AddColumn &&
			strcmp(command->column, column) == 0)
			return true;
	}
	return false;
}

GradualPhase
gradual_place_column(const GradualRecipeState *state, const GradualCommand *command,
					 GradualPhase own)
{
	GradualPhase phase = gradual_place_ddl(state, command, own);
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (is_about_column(late->statement, command->table, command->column))
			phase = Max(phase, late->phase);
	}
	return phase;
}

/*
 * Does a change need the indexes of a late CREATE INDEX?  Those of its own
 * target are better built after it, but for the one that ON CONFLICT names.
 */
static bool
needs_index(const GradualCommand *command, const GradualLate *late)
{
	Node	   *node = command->statement->node;
	bool		has_arbiter = IsA(node, InsertStmt) &&
	((InsertStmt *) node)->onConflictClause != NULL;
	ListCell   *lc;

	foreach(lc, late->indexed)
	{
		GradualTable *table = lfirst(lc);

		if (table == command->table ? has_arbiter :
			gradual_names_mentioned(command->statement->sql, table->name))
			return true;
	}
	return false;
}

GradualPhase
gradual_place_change(const GradualRecipeState *state, const GradualCommand *command,
					 GradualPhase own)
{
	GradualPhase phase = own;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (late->indexed == NIL)
			phase = Max(phase, late->rows);
		else if (needs_index(command, late))
			phase = Max(phase, late->phase);
		if (any_mentioned(command->statement->sql, late->names))
			phase = Max(phase, late->phase);
		if (list_member_ptr(late->hooked, command->table))
			phase = Max(phase, late->phase);
	}
	return phase > GRADUAL_PHASE_READY ? GRADUAL_TAIL : phase;
}

GradualPhase
gradual_place_work(GradualPhase phase)
{
	return phase == GRADUAL_SWAP ? GRADUAL_TAIL : phase;
}

GradualPhase
gradual_place_opaque(const GradualRecipeState *state)
{
	return state->latest > GRADUAL_PHASE_READY ? GRADUAL_TAIL : state->latest;
}

GradualPhase
gradual_place_last(const GradualRecipeState *state)
{
	GradualPhase phase = state->latest;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		phase = Max(phase, late->until);
	}
	return phase == GRADUAL_PREPARE ? GRADUAL_SWAP : phase;
}

bool
gradual_place_changed(const GradualRecipeState *state, const GradualTable *table)
{
	return list_member_ptr(state->changed_tables, table);
}

/* What the steps of one statement come to. */
static void
measure_steps(const GradualRecipeState *state, int first, GradualLate *late)
{
	late->phase = late->rows = late->until = GRADUAL_EXPAND;
	for (int i = first; i < list_length(state->steps); i++)
	{
		GradualStep *step = list_nth(state->steps, i);

		late->phase = Max(late->phase, step->phase);
		if (step->kind == GRADUAL_STEP_BACKFILL ? step->phase < GRADUAL_PHASE_READY :
			step->kind == GRADUAL_STEP_STATEMENT)
			late->rows = Max(late->rows, step->phase);

		/* the sync trigger evaluates the fill's expression until the swap */
		if (step->fill && !step->chase)
			late->until = GRADUAL_SWAP;
	}
	late->until = Max(late->until, late->phase);
}

/* The names that a statement makes, if it makes them later than expand. */
static List *
late_names(const GradualRecipeState *state, GradualStatement *statement, int first)
{
	List	   *names = NIL;
	ListCell   *lc;

	if (!IsA(statement->node, AlterTableStmt))
		return gradual_names_defined(statement);
	if (((GradualStep *) list_nth(state->steps, first))->phase == GRADUAL_EXPAND)
		return NIL;
	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->added != NULL)
			names = lappend(names, command->added->name);
	}
	return names;
}

/*
 * The table whose changes meet something new, or something less, after the
 * command: a trigger, a rule, a policy, a constraint, a unique index.
 */
static GradualTable *
hooked_table(const GradualCommand *command)
{
	switch (nodeTag(command->node))
	{
		case T_CreateTrigStmt:
		case T_RuleStmt:
		case T_CreatePolicyStmt:
			return command->table;
		case T_AlterTableCmd:
			if (((AlterTableCmd *) command->node)->subtype == AT_DropConstraint)
				return command->table;
			return NULL;
		case T_DropStmt:
			return command->index != NULL ? command->index->table : NULL;
		default:
			return NULL;
	}
}

void
gradual_place_remember(GradualRecipeState *state, GradualStatement *statement, int first)
{
	GradualLate *late = palloc0(sizeof(GradualLate));
	ListCell   *lc;

	if (first == list_length(state->steps))
		return;
	measure_steps(state, first, late);
	state->latest = Max(state->latest, late->phase);
	if (late->until == GRADUAL_EXPAND)
		return;

	late->statement = statement;
	if (late->phase > GRADUAL_EXPAND)
		late->names = late_names(state, statement, first);
	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);
		GradualTable *hooked = hooked_table(command);

		if (IsA(command->node, IndexStmt) && command->index != NULL)
			late->indexed = lappend(late->indexed, command->index->table);
		if (hooked != NULL)
			late->hooked = lappend(late->hooked, hooked);
	}
	state->late = lappend(state->late, late);
}
