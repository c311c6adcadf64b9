/*
 * other.c
 *	  Statements that run as written: objects created, commented, granted,
 *	  renamed; and code that we cannot look into.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "base/lock.h"
#include "base/texts.h"
#include "recipe/names.h"
#include "recipe/need.h"
#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/undo.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "other.c must stay pure"
#endif

static bool
is_comment_on_relation(const CommentStmt *comment)
{
	switch (comment->objtype)
	{
		case OBJECT_TABLE:
		case OBJECT_COLUMN:
		case OBJECT_VIEW:
		case OBJECT_MATVIEW:
		case OBJECT_INDEX:
		case OBJECT_SEQUENCE:
			return true;
		default:
			return false;
	}
}

static LOCKMODE
lock_of(const GradualCommand *command)
{
	Node	   *node = command->statement->node;

	switch (nodeTag(node))
	{
		case T_CreateTrigStmt:
			return ShareRowExclusiveLock;
		case T_RuleStmt:
		case T_CreatePolicyStmt:
		case T_ViewStmt:
		case T_TruncateStmt:
			return AccessExclusiveLock;
		case T_CreateStatsStmt:
			return ShareUpdateExclusiveLock;
		case T_CommentStmt:
			return is_comment_on_relation((CommentStmt *) node) ?
				ShareUpdateExclusiveLock : NoLock;
		case T_AlterSeqStmt:
			return ShareRowExclusiveLock;
		default:
			return NoLock;
	}
}

/* Foreign keys and parents; a view or trigger only reads what it names. */
static bool
locks_others(Node *node)
{
	return IsA(node, CreateStmt) || IsA(node, AlterTableCmd) || IsA(node, TruncateStmt);
}

/* The index or sequence that the statement is about, and locks alone; or NULL. */
static char *
other_relation(const GradualCommand *command)
{
	Node	   *node = command->statement->node;

	if (IsA(node, AlterSeqStmt))
		return ((AlterSeqStmt *) node)->sequence->relname;
	if (IsA(node, CommentStmt) && (((CommentStmt *) node)->objtype == OBJECT_INDEX ||
								   ((CommentStmt *) node)->objtype == OBJECT_SEQUENCE))
		return strVal(llast((List *) ((CommentStmt *) node)->object));
	return NULL;
}

static void
lock_tables(GradualStep *step, const GradualRecipeState *state, const GradualCommand *command)
{
	LOCKMODE	mode = lock_of(command);
	char	   *other = other_relation(command);
	ListCell   *lc;

	if (other != NULL)
	{
		if (!gradual_names_created(state->script, command->statement, other, true))
		{
			step->lock_mode = pstrdup(gradual_lock_mode_name(mode));
			step->blocks = pstrdup(gradual_steps_blocks(mode));
		}
		return;
	}
	foreach(lc, command->statement->commands)
	{
		GradualCommand *one = lfirst(lc);

		if (locks_others(one->node))
			gradual_steps_lock_touched(step, one);
		if (mode != NoLock)
			gradual_steps_lock(step, one->table, mode);
	}
}

/*
 * Triggers, rules and policies would act on the batches of an earlier statement.
 * What no rollback could take away waits for the swap.
 */
static GradualPhase
own_phase(const GradualRecipeState *state, const GradualCommand *command)
{
	Node	   *node = command->statement->node;

	if (command->stays_wide)
		return GRADUAL_SWAP;
	if ((IsA(node, CreateTrigStmt) || IsA(node, RuleStmt) || IsA(node, CreatePolicyStmt)) &&
		gradual_place_changed(state, command->table))
		return GRADUAL_VERIFY;
	return GRADUAL_EXPAND;
}

/* Is the new value of an enum used further on?  It cannot be before it is committed. */
static bool
is_value_used(const GradualRecipeState *state, const GradualStatement *statement)
{
	const char *value = ((AlterEnumStmt *) statement->node)->newVal;
	ListCell   *lc;

	foreach(lc, state->script->statements)
	{
		GradualStatement *later = lfirst(lc);

		if (later->number > statement->number && !later->dropped &&
			strstr(later->sql, value) != NULL)
			return true;
	}
	return false;
}

/* What the statement is about, if no table is. */
static char *
name_target(const GradualStatement *statement)
{
	List	   *names = gradual_names_defined(statement);

	return names == NIL ? "" : pstrdup(quote_identifier(linitial(names)));
}

static void
describe(GradualStep *step, const GradualRecipeState *state, const GradualCommand *command)
{
	GradualStatement *statement = command->statement;

	step->action = asc_tolower(statement->tag, strlen(statement->tag));
	if (IsA(statement->node, CreateTrigStmt))
		step->action = psprintf("create trigger %s",
								((CreateTrigStmt *) statement->node)->trigname);
	if (IsA(statement->node, AlterEnumStmt))
		step->action = psprintf("add value %s", ((AlterEnumStmt *) statement->node)->newVal);
	if (step->target[0] == '\0')
		step->target = name_target(statement);
	if (own_phase(state, command) == GRADUAL_VERIFY)
		gradual_steps_note(step, "After the backfill of the table, which it would act on.");
	if (command->stays_wide)
		gradual_steps_note(step, "In the swap: others depend on the view, so its new columns could not be taken away again.");
	if (command->checks != NULL && !GRADUAL_TABLE_AT_ONCE(command->checks))
	{
		step->cost = "scan";
		gradual_steps_note(step, psprintf("The default partition %s is scanned under lock.",
										  command->checks->qualified));
	}
	if (IsA(statement->node, AlterEnumStmt) && is_value_used(state, statement))
	{
		step->transaction = GRADUAL_TRANSACTION_ALONE;
		gradual_steps_note(step, "In a transaction of its own: the value cannot be used before it is committed.");
	}
}

/*
 * No rollback removes a value again, so after one that failed half way, or with
 * reset, it is there when the step runs again.
 */
static char *
add_value(const AlterEnumStmt *alter)
{
	char	   *sql = psprintf("ALTER TYPE %s ADD VALUE IF NOT EXISTS %s",
							   gradual_names_quoted(alter->typeName),
							   quote_literal_cstr(alter->newVal));

	if (alter->newValNeighbor == NULL)
		return sql;
	return psprintf("%s %s %s", sql, alter->newValIsAfter ? "AFTER" : "BEFORE",
					quote_literal_cstr(alter->newValNeighbor));
}

/* Rows of a new partition are looked for in the default one, under ACCESS EXCLUSIVE. */
static void
refuse_check_under_lock(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualTable *table = command->checks;

	if (table == NULL || gradual_steps_may_lock(state, table))
		return;
	gradual_script_refuse(command->statement, "CREATE TABLE .. PARTITION OF beside a default partition",
						  psprintf("It scans %s while nobody can read or write the partitioned table.",
								   table->qualified),
						  psprintf("CREATE TABLE .. (LIKE .. INCLUDING ALL), then ALTER TABLE .. ATTACH PARTITION scans it beside reads and writes. Nothing is scanned if a migration before gives %s a CHECK constraint which says that it has no such rows.",
								   table->qualified));
}

/* Does a column of the table have two shapes until the swap? */
static bool
adds_interim(const GradualCommand *command)
{
	const GradualRename *rename = command->rename;

	return (command->retype != NULL && command->retype->shadow != NULL) ||
		(rename != NULL && rename->original && rename->not_bridged == NULL);
}

/* To read whole rows, ADD COLUMN waits, too. */
void
gradual_recipe_refuse_late_copy(const GradualRecipeState *state, const GradualCommand *command,
								GradualPhase phase)
{
	const GradualStatement *statement = command->statement;
	bool		like = IsA(command->node, CreateStmt);
	ListCell   *lc;

	foreach(lc, phase > GRADUAL_EXPAND ? state->commands : NIL)
	{
		const GradualCommand *other = lfirst(lc);
		const GradualTable *table = other->table;

		if (other->statement->number <= statement->number || table == NULL || table->created)
			continue;
		if (like ? gradual_need_shape(statement, table) &&
			(gradual_steps_is(other, AT_AddColumn) || adds_interim(other)) :
			gradual_need_rows(statement, table) && adds_interim(other))
			gradual_script_refuse(statement, like ? "CREATE TABLE with LIKE" : statement->tag,
								  psprintf("%s, and would copy a column that %s gets from a later one before.",
										   phase == GRADUAL_BACKFILL && !IsA(statement->node, CreateTableAsStmt) ?
										   "It runs after the first phase" :
										   "It has to wait for an earlier statement",
										   table->qualified),
								  "Put the later statement into a migration of its own.");
	}
}

/* 'a', 'b' */
static char *
labels(const CreateEnumStmt *create)
{
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, create->vals)
		texts = lappend(texts, strVal(lfirst(lc)));
	return gradual_texts_literals(texts);
}

void
gradual_recipe_as_written(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step;
	GradualPhase phase;

	if (!gradual_steps_is_first(command))
		return;
	refuse_check_under_lock(state, command);
	phase = gradual_place_ddl(state, command, own_phase(state, command));
	gradual_recipe_refuse_late_copy(state, command, phase);
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	gradual_steps_command(step, IsA(command->statement->node, AlterEnumStmt) ?
						  add_value((AlterEnumStmt *) command->statement->node) :
						  command->statement->sql);
	lock_tables(step, state, command);
	describe(step, state, command);
	gradual_undo_set(step, state, command);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
}

/* Until the swap another type has its name: then that one gives it up. */
void
gradual_recipe_create_enum(GradualRecipeState *state, GradualCommand *command)
{
	const GradualObjectNaming *naming = command->object_naming;
	GradualStep *step;

	if (naming == NULL)
	{
		gradual_recipe_as_written(state, command);
		return;
	}
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_EXPAND);
	gradual_steps_command(step, psprintf("CREATE TYPE %s AS ENUM (%s)", naming->before,
										 labels((CreateEnumStmt *) command->statement->node)));
	step->undo = list_make1(psprintf("DROP TYPE IF EXISTS %s", naming->before));
	step->action = psprintf("create type %s", naming->name);
	step->target = naming->before;
	step->note = "Another type has its name until the swap: so it has an interim one until then.";

	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_SWAP);
	gradual_steps_command(step, psprintf("ALTER TYPE %s RENAME TO %s", naming->before,
										 quote_identifier(naming->name)));
	step->action = psprintf("give type %s its name", naming->name);
	step->target = naming->before;
	step->reversible = GRADUAL_UNTIL_COMPLETE;
}

/* --- RENAME --- */

/* Back to the old name; relations are found by the name that they have before. */
static void
undo_rename(GradualStep *step, const GradualCommand *command, const RenameStmt *rename)
{
	const char *table = command->table != NULL ? command->table->qualified :
	gradual_names_range(rename->relation);
	const char *from = quote_identifier(rename->newname);

	/* what is inside a table of the script goes with it */
	if (command->table != NULL && command->table->created)
		return;
	switch (rename->renameType)
	{
		case OBJECT_TABCONSTRAINT:
			step->undo = list_make1(psprintf("ALTER TABLE %s RENAME CONSTRAINT %s TO %s", table,
											 from, quote_identifier(rename->subname)));
			break;
		default:
			step->undo = list_make1(psprintf("ALTER INDEX IF EXISTS %s %s", command->naming->to,
											 command->naming->back));
			break;
	}
}

/* Of constraints and indexes. */
void
gradual_recipe_rename(GradualRecipeState *state, GradualCommand *command)
{
	RenameStmt *rename = (RenameStmt *) command->statement->node;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL,
										  gradual_place_ddl(state, command, GRADUAL_EXPAND));

	gradual_steps_command(step, command->statement->sql);
	step->action = psprintf("rename %s to %s",
							rename->subname != NULL ? rename->subname :
							rename->relation->relname, rename->newname);
	if (command->naming != NULL)
		step->lock_mode = "SHARE UPDATE EXCLUSIVE";
	else
		gradual_steps_lock(step, command->table, AccessExclusiveLock);
	undo_rename(step, command, rename);
}

/* --- code that we cannot look into --- */

static void
describe_opaque(GradualStep *step, const GradualCommand *command)
{
	Node	   *node = command->statement->node;

	step->cost = "scan";
	if (gradual_names_into(node) != NULL)
	{
		step->action = IsA(node, SelectStmt) ? "select into" :
			asc_tolower(command->statement->tag, strlen(command->statement->tag));
		if (step->target[0] == '\0')
			step->target = name_target(command->statement);
		step->note = "One statement with one snapshot, which holds back VACUUM until it ends: later changes of what it reads are not carried over, as those of an INSERT .. SELECT into a table of the script can be.";
		return;
	}
	step->action = psprintf("run %s (opaque)", command->statement->tag);
	step->reversible = "no";
	step->note = "Opaque: what it locks and changes cannot be seen, and is not undone; it overtakes no earlier statement.";
	if (!IsA(node, SelectStmt))
		step->blocks = "reads and writes";
	if (step->phase == GRADUAL_TAIL)
		gradual_steps_note(step, "After complete, as an earlier statement is.");
}

void
gradual_recipe_opaque(GradualRecipeState *state, GradualCommand *command)
{
	IntoClause *into = gradual_names_into(command->statement->node);
	GradualStep *step;

	if (!gradual_steps_is_first(command))
		return;
	if (into != NULL && into->skipData)
	{
		gradual_recipe_as_written(state, command);
		return;
	}
	if (into != NULL)
		gradual_recipe_refuse_late_copy(state, command, gradual_place_opaque(state));
	step = gradual_steps_add(state, command, GRADUAL_STEP_STATEMENT,
							 gradual_place_opaque(state));
	gradual_steps_command(step, command->statement->sql);
	describe_opaque(step, command);
	if (into == NULL)
		return;
	gradual_undo_set(step, state, command);
	if (command->table != NULL)
		state->loaded = list_append_unique_ptr(state->loaded, command->table);
}
