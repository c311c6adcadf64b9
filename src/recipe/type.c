/*
 * type.c
 *	  ALTER COLUMN .. TYPE.
 *
 * A change that PostgreSQL makes in its catalog alone runs as written.  Any
 * other one needs a column of the new type beside the old one: its shadow, which
 * a sync trigger keeps in step, one way, since nobody else knows it.  All that
 * hangs on the old column is made for the shadow too, and in the swap the shadow
 * takes the place of the column.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/texts.h"
#include "recipe/beside.h"
#include "recipe/convert.h"
#include "recipe/follow.h"
#include "recipe/late.h"
#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/publication.h"
#include "recipe/recipe.h"
#include "recipe/retype.h"
#include "recipe/trigger.h"
#include "recipe/violators.h"
#include "script/bridge.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "type.c must stay pure"
#endif

/* The subcommand as a statement of its own. */
static char *
type_text(const GradualCommand *command)
{
	return gradual_steps_alter_column(command, GRADUAL_SWAP, psprintf("TYPE %s", command->retype->type));
}

static GradualStep *
as_written(GradualRecipeState *state, const GradualCommand *command, GradualPhase own,
		   char *generated)
{
	GradualPhase phase = gradual_place_column(state, command, own);
	GradualStep *step = gradual_steps_plain(state, command, phase, generated);

	step->action = psprintf("change type of %s", command->column);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	return step;
}

/* What the table holds by the time of a rollback may be a row or two. */
static List *
back_to_old_type(const GradualCommand *command)
{
	const char *column = quote_identifier(command->column);
	List	   *undo = list_make1(gradual_steps_alter_column(command, GRADUAL_SWAP,
															 psprintf("TYPE %s USING %s::pg_catalog.text::%s",
																	  command->retype->old_type, column,
																	  command->retype->old_type)));

	if (command->previous_default != NULL)
	{
		undo = lcons(gradual_steps_alter_column(command, GRADUAL_SWAP, "DROP DEFAULT"), undo);
		undo = lappend(undo, gradual_steps_alter_column(command, GRADUAL_SWAP,
														psprintf("SET DEFAULT %s",
																 command->previous_default)));
	}
	return undo;
}

/* Does the script itself make one of the views that it drops there? */
static bool
drops_own_view(const GradualRecipeState *state, const GradualStatement *statement)
{
	ListCell   *lc;

	foreach(lc, ((DropStmt *) statement->node)->objects)
	{
		if (gradual_names_created(state->script, statement, strVal(llast((List *) lfirst(lc))), false))
			return true;
	}
	return false;
}

/*
 * PostgreSQL does not change the type of a column that a view, say, depends on.  If
 * the script drops one before, the statement waits for that.
 */
static GradualPhase
after_dependents(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->late)
	{
		const GradualStatement *statement = ((GradualLate *) lfirst(lc))->statement;
		DropStmt   *drop = (DropStmt *) statement->node;

		if (IsA(drop, AlterPublicationStmt))
			return GRADUAL_SWAP;
		if (!IsA(drop, DropStmt))
			continue;
		if (drop->removeType == OBJECT_RULE || drop->removeType == OBJECT_TRIGGER ||
			drop->removeType == OBJECT_POLICY || drop->removeType == OBJECT_PUBLICATION ||
			drop->removeType == OBJECT_FUNCTION || drop->removeType == OBJECT_PROCEDURE ||
			drop->removeType == OBJECT_ROUTINE)
			return GRADUAL_SWAP;
		if ((drop->removeType == OBJECT_VIEW || drop->removeType == OBJECT_MATVIEW) &&
			(command->retype->view_dropped || drops_own_view(state, statement)))
			return GRADUAL_SWAP;
	}
	return GRADUAL_EXPAND;
}

/* The statement, or the subcommand; NULL = its USING is not known in its words. */
static char *
own_text(const GradualCommand *command)
{
	ColumnDef  *definition = (ColumnDef *) ((AlterTableCmd *) command->node)->def;

	if (list_length(command->statement->commands) == 1)
		return command->statement->sql;
	return definition->raw_default == NULL ? type_text(command) : NULL;
}

static void
change_without_rows(GradualRecipeState *state, const GradualCommand *command)
{
	GradualStep *step = as_written(state, command, after_dependents(state, command),
								   own_text(command));

	step->note = "The table has no rows.";
	if (step->phase >= GRADUAL_SWAP)
		return;
	step->undo = back_to_old_type(command);
	step->reversible = "if every value fits";
}

/* A condition for values that the old type refuses, but for spaces at the end; or NULL */
static char *
misfits(const GradualRetype *retype, const char *column)
{
	int			modifier = retype->old_modifier - VARHDRSZ;
	int			scale = ((modifier & 0x7ff) ^ 1024) - 1024;

	if (modifier < 0)
		return NULL;
	switch (retype->old_type_id)
	{
		case VARCHAROID:
			return psprintf("pg_catalog.rtrim(%s::pg_catalog.text) <> pg_catalog.rtrim(%s::%s::pg_catalog.text)",
							column, column, retype->old_type);
		case NUMERICOID:
			return psprintf("%s <> 'NaN' AND pg_catalog.abs(pg_catalog.round(%s, %d)) >= pg_catalog.power(10::pg_catalog.numeric, %d)",
							column, column, scale, ((modifier >> 16) & 0xffff) - scale);
		default:
			return NULL;
	}
}

static void
check_fit(GradualStep *step, const GradualCommand *command)
{
	const char *column = quote_identifier(gradual_steps_column(command, step->phase));
	char	   *condition = misfits(command->retype, column);

	if (condition != NULL)
		step->undo_checks = list_make1(gradual_violators_where(command->table, condition));
}

/*
 * No row, no index and no constraint is looked at.  A type that the application
 * could tell from the old one comes with the swap.
 */
static void
change_in_place(GradualRecipeState *state, const GradualCommand *command)
{
	GradualRetype *retype = command->retype;
	bool		single = list_length(command->statement->commands) == 1;

	/* PostgreSQL leaves a column its type that a publication lists */
	bool		listed = list_member_ptr(state->hidden, command->table);
	GradualStep *step = as_written(state, command,
								   retype->widens && !listed ? after_dependents(state, command) : GRADUAL_SWAP,
								   single ? command->statement->sql : type_text(command));

	if (step->phase < GRADUAL_SWAP)
	{
		step->undo = list_make1(gradual_steps_alter_column(command, GRADUAL_SWAP,
														   psprintf("TYPE %s", retype->old_type)));
		check_fit(step, command);
		step->reversible = "if every value fits";
		step->note = "Catalog only: the values stay as they are. Rolling back rewrites the table under ACCESS EXCLUSIVE, and fails while a value is too long.";
	}
	else if (retype->widens && listed)
		step->note = "Catalog only: the values stay as they are. Only after complete: until then publications of the table list the column, which keeps its type.";
	else
		step->note = "Catalog only: the values stay as they are. Only after complete, since the running application may tell the types apart.";
}

/* --- beside the old column --- */

/* As where an enum is exchanged with text in between */
static bool
is_retyped_before(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		const GradualCommand *before = lfirst(lc);

		if (before == command)
			break;
		if (gradual_retype_is_of_same(before, command))
			return true;
	}
	return false;
}

static void
refuse_impossible(const GradualRecipeState *state, const GradualCommand *command)
{
	if (command->retype->impossible != NULL)
		gradual_script_refuse(command->statement, "ALTER COLUMN TYPE",
							  psprintf("It rewrites or scans the table while nobody can read or write it, and there is no online way: %s.",
									   command->retype->impossible),
							  is_retyped_before(state, command) ?
							  "Give it its last type at once. To exchange an enum: ALTER TYPE the old one RENAME, CREATE TYPE the new one, ALTER TABLE, DROP TYPE the old one." :
							  "Add a column of the new type, fill it with UPDATE, and drop the old one in a later migration.");
}

/* A table that is not small is not written as a whole under lock. */
static void
refuse_costly(const GradualRecipeState *state, const GradualCommand *command)
{
	if (command->retype->costs && !state->script->allow_blocking &&
		command->table->pages >= state->script->direct_pages)
		gradual_script_refuse(command->statement,
							  "ALTER COLUMN TYPE to a domain with constraints or a volatile default",
							  "It rewrites the table while nobody can read or write it.",
							  "Leave the column its type, or give it the type below the domain, and add a CHECK constraint; or SET gradual.allow_blocking = on.");
}

static void
add_shadow(GradualRecipeState *state, const GradualCommand *command, GradualPhase phase)
{
	GradualRetype *retype = command->retype;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	const char *table = command->table->qualified;

	gradual_publication_hide(state, command, step);
	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD COLUMN %s %s", table,
										 quote_identifier(retype->shadow), retype->type));
	gradual_steps_commands(step, retype->options);
	step->undo = lcons(psprintf("ALTER TABLE %s DROP COLUMN IF EXISTS %s", table,
								quote_identifier(retype->shadow)), step->undo);
	gradual_trigger_add(state, command->table, step,
						list_make4(retype->shadow, retype->expression, "",
								   retype->by_session ?
								   gradual_trigger_mode("shadow", command->statement) : "shadow"));
	step->action = psprintf("add column of the new type for %s", retype->column);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (retype->costs)
	{
		step->cost = "scan";
		gradual_steps_note(step, "A column of such a domain cannot come without a rewrite of the table.");
	}
	if (!retype->total)
		gradual_steps_note(step, "Where a value does not convert the new column is NULL, and the application's statement succeeds; such rows are counted before ready.");
	if (retype->by_session)
		gradual_steps_note(step, "The conversion depends on settings of the session, or on the clock: on the settings of the session that calls start, whoever writes the row, and on when it is written.");
	if (strcmp(retype->original, retype->column) != 0)
		gradual_steps_note(step, psprintf("It is made of %s, as the column is called until complete; under a new name that is live before, the column has its old type.",
										  retype->original));
	gradual_steps_note(step, "Clients that go by position see one column more: COPY without a column list, INSERT .. SELECT *, prepared SELECT *.");
}

/* 'a = (..), b = NULL'; the sync trigger does what may raise. */
static char *
assignments(const GradualCarried *carry)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, carry->retypes)
	{
		GradualRetype *retype = lfirst(lc);

		appendStringInfo(&text, "%s%s = %s", text.len > 0 ? ", " : "",
						 quote_identifier(retype->shadow),
						 retype->total ? retype->expression : "NULL");
	}
	return text.data;
}

/* All columns of the table in one pass. */
static void
fill_shadows(GradualRecipeState *state, const GradualCommand *command, GradualPhase phase)
{
	GradualCarried *carry = command->table->carried;
	GradualFill *fill = gradual_steps_fill(state, command->table, false);
	GradualStep *step = gradual_steps_backfill(state, command, Max(GRADUAL_BACKFILL, phase),
											   assignments(carry),
											   ((GradualRetype *) llast(carry->retypes))->shadow);
	ListCell   *lc;

	step->note = "Each row that is older than the new column gets its value; one that was written since has it. Triggers of users do not fire.";
	foreach(lc, carry->retypes)
	{
		GradualRetype *retype = lfirst(lc);

		step->action = step->action[0] == '\0' ? psprintf("convert %s", retype->column) :
			psprintf("%s, %s", step->action, retype->column);
		fill->columns = lappend(fill->columns, retype->shadow);
		if (!retype->total)
			gradual_steps_note(step, psprintf("The sync trigger converts %s, by %s, and leaves NULL where that raises.",
											  retype->column, retype->expression));
	}
	gradual_steps_note_not_valid(step, command->table);
	step->quiet = true;
}

/* Does no later command change the type of another column of the table? */
static bool
is_last(const GradualCommand *command)
{
	return llast(command->table->carried->retypes) == command->retype;
}

/*
 * Does a table that the script makes only in the swap, in the place of another,
 * refer to the one whose column changes?  Nothing can be made there beforehand.
 */
static bool
late_table_refers(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	if (!IsA(late->statement->node, CreateStmt) || late->phase < GRADUAL_SWAP)
		return false;
	foreach(lc, command->statement->script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);

		if (key->referenced == command->table && key->table->created &&
			gradual_texts_have(late->names, key->table->name))
			return true;
	}
	return false;
}

/* The first earlier statement that comes too late for the second column; or NULL. */
static const GradualStatement *
comes_too_late(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->late)
	{
		const GradualLate *late = lfirst(lc);

		if (gradual_place_shadow_after(late, command) > GRADUAL_PHASE_READY ||
			late_table_refers(late, command) ||
			gradual_follow_ddl(late, command, GRADUAL_SWAP) > GRADUAL_SWAP)
			return late->statement;
	}
	return NULL;
}

/* Has the type's name another one until the swap, as where an enum is exchanged? */
static const char *
hint_at_place(const GradualRecipeState *state)
{
	ListCell   *lc;

	foreach(lc, state->late)
	{
		RenameStmt *rename = (RenameStmt *) ((GradualLate *) lfirst(lc))->statement->node;

		if (IsA(rename, RenameStmt) && (rename->renameType == OBJECT_TYPE || rename->renameType == OBJECT_DOMAIN))
			return "Leave the old type its name until then: CREATE TYPE the new one under another name, ALTER TABLE, DROP TYPE the old one, ALTER TYPE the new one RENAME.";
	}
	return "Do the one in a migration of its own, and the other in the next.";
}

/*
 * What an earlier statement does after complete, the new column could need: its
 * type, say.
 */
static GradualPhase
place(const GradualRecipeState *state, const GradualCommand *command)
{
	const GradualStatement *late = comes_too_late(state, command);

	if (late != NULL)
		gradual_script_refuse(command->statement, "ALTER COLUMN TYPE",
							  psprintf("It needs what statement %d (%s) does only after complete, and its work must not wait so long.",
									   late->number, late->tag),
							  hint_at_place(state));
	return gradual_place_shadow(state, command);
}

/* The names of a constraint, index or statistics object that the statement is about. */
static List *
names_of_part(const GradualStatement *statement)
{
	CommentStmt *comment = (CommentStmt *) statement->node;
	RenameStmt *rename = (RenameStmt *) statement->node;

	switch (nodeTag(statement->node))
	{
		case T_CommentStmt:
			if (comment->objtype != OBJECT_TABCONSTRAINT && comment->objtype != OBJECT_STATISTIC_EXT)
				return NIL;
			return list_make1(strVal(llast((List *) comment->object)));
		case T_RenameStmt:
			if (rename->renameType != OBJECT_TABCONSTRAINT &&
				rename->renameType != OBJECT_INDEX && rename->renameType != OBJECT_STATISTIC_EXT)
				return NIL;
			return gradual_names_defined(statement);
		case T_DropStmt:
			if (((DropStmt *) statement->node)->removeType != OBJECT_STATISTIC_EXT)
				return NIL;
			return gradual_names_defined(statement);
		case T_AlterStatsStmt:
		case T_AlterObjectSchemaStmt:
		case T_AlterOwnerStmt:
			return gradual_names_altered(statement);
		default:
			return NIL;
	}
}

static void
refuse_if_between(const GradualStatement *statement, const GradualTable *table, List *names,
				  const char *name, List *shadows)
{
	bool		before = false;
	bool		after = false;

	if (!gradual_texts_have(names, name))
		return;
	gradual_bridge_order(table, shadows, statement->number, &before, &after);
	if (before && after)
		gradual_script_refuse(statement, statement->tag,
							  psprintf("%s hangs on columns that get another type before this statement and after it. It is there anew only when the last of them has.",
									   quote_identifier(name)),
							  "Change the types of these columns in one ALTER TABLE.");
}

/*
 * In the swap the old one goes with the first of its columns, and the new one gets
 * its name with the last.
 */
static void
refuse_between(const GradualCommand *command)
{
	const GradualCarried *carry = command->table->carried;
	ListCell   *ls,
			   *lc;

	foreach(ls, command->statement->script->statements)
	{
		GradualStatement *statement = lfirst(ls);
		GradualCommand *about = statement->commands == NIL ? NULL : linitial(statement->commands);
		List	   *names;

		if (statement == command->statement)
			break;
		names = names_of_part(statement);
		if (names == NIL || (about != NULL && about->table != NULL && about->table != command->table))
			continue;
		foreach(lc, carry->indexes)
		{
			GradualCarriedIndex *index = lfirst(lc);

			refuse_if_between(statement, command->table, names, index->name, index->shadows);
		}
		foreach(lc, carry->checks)
		{
			GradualCarriedCheck *check = lfirst(lc);

			refuse_if_between(statement, command->table, names, check->name, check->shadows);
		}
		foreach(lc, carry->statistics)
		{
			GradualCarriedStatistics *statistics = lfirst(lc);

			refuse_if_between(statement, command->table, names, statistics->name, statistics->shadows);
		}
	}
}

static void
change_beside(GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase phase;

	refuse_impossible(state, command);
	refuse_costly(state, command);
	phase = place(state, command);
	if (is_last(command))
		refuse_between(command);
	add_shadow(state, command, phase);
	if (!command->retype->total)
		gradual_convert_check(state, command);
	if (is_last(command))
	{
		gradual_convert_rest(state, command);
		fill_shadows(state, command, phase);
		gradual_beside_make(state, command);
	}
	gradual_retype_swap(state, command);
}

void
gradual_recipe_alter_type(GradualRecipeState *state, GradualCommand *command)
{
	GradualRetype *retype = command->retype;

	if (retype == NULL)
		elog(ERROR, "no facts about the new type of statement %d", command->statement->number);
	if (GRADUAL_TABLE_AT_ONCE(command->table))
		change_without_rows(state, command);
	else if (retype->in_place)
		change_in_place(state, command);
	else
		change_beside(state, command);
}
