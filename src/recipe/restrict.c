/*
 * restrict.c
 *	  Statements that take something from the running application, or change
 *	  what its statements do, and that take an instant: in the swap.
 *
 * Invariant: on what the script itself creates they run where they stand, since
 * nobody uses it yet.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "commands/tablecmds.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "base/lock.h"
#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/undo_created.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "restrict.c must stay pure"
#endif

/* --- subcommands of ALTER TABLE --- */

/* As a statement of its own; NULL if it stays what it is. */
static char *
own_text(const GradualCommand *command, const char *form)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;
	const char *argument = "";

	switch (cmd->subtype)
	{
		case AT_DisableTrig:
		case AT_EnableRule:
		case AT_EnableAlwaysRule:
		case AT_EnableReplicaRule:
		case AT_DisableRule:
			argument = quote_identifier(cmd->name);
			break;
		case AT_AddInherit:
		case AT_DropInherit:
			argument = gradual_names_range((RangeVar *) cmd->def);
			break;
		case AT_AddOf:
			argument = gradual_names_type((TypeName *) cmd->def);
			break;
		case AT_DetachPartition:
		case AT_DetachPartitionFinalize:
			return NULL;
		default:
			break;
	}
	return psprintf("ALTER TABLE %s %s%s%s", command->table->qualified, form,
					argument[0] == '\0' ? "" : " ", argument);
}

static const char *
subcommand_note(const AlterTableCmd *cmd)
{
	switch (cmd->subtype)
	{
		case AT_DisableTrig:
		case AT_DisableTrigAll:
		case AT_DisableTrigUser:
			return "The running application relies on its triggers: so only after complete. A later change of rows in the script follows it, and they are off for the application as well until the script enables them.";
		case AT_EnableRule:
		case AT_EnableAlwaysRule:
		case AT_EnableReplicaRule:
		case AT_DisableRule:
			return "It changes what the statements of the running application do: so only after complete.";
		case AT_EnableRowSecurity:
		case AT_ForceRowSecurity:
			return "The running application may not see or change all rows any more: so only after complete.";
		case AT_DisableRowSecurity:
		case AT_NoForceRowSecurity:
			return "Rows are protected until complete.";
		case AT_AddInherit:
		case AT_DropInherit:
			return "It changes which rows the running application finds in the parent: so only after complete.";
		case AT_DetachPartition:
		case AT_DetachPartitionFinalize:
			return "The running application finds its rows in the partitioned table until complete. Locks the partitioned table, the partition and a default partition, for an instant.";
		default:
			return "Only after complete.";
	}
}

static void
lock_others(GradualStep *step, const GradualCommand *command)
{
	AlterTableType type = ((AlterTableCmd *) command->node)->subtype;
	ListCell   *lc;

	foreach(lc, command->touches)
		gradual_steps_lock(step, lfirst(lc),
						   type == AT_AddInherit ? ShareUpdateExclusiveLock :
						   type == AT_DropInherit ? AccessShareLock : AccessExclusiveLock);
}

/* CONCURRENTLY would refuse the transaction of the swap. */
static char *
detach_text(const GradualCommand *command)
{
	PartitionCmd *detach = (PartitionCmd *) ((AlterTableCmd *) command->node)->def;

	return psprintf("ALTER TABLE %s DETACH PARTITION %s%s", command->table->qualified,
					gradual_names_range(detach->name),
					((AlterTableCmd *) command->node)->subtype == AT_DetachPartitionFinalize ?
					" FINALIZE" : "");
}

/* What refers to the whole table must not refer to the partition any more. */
static void
refuse_search(const GradualRecipeState *state, const GradualCommand *command)
{
	const GradualTable *table = command->searches;

	if (table == NULL || gradual_steps_may_lock(state, table))
		return;
	gradual_script_refuse(command->statement, "DETACH PARTITION of what a foreign key refers to",
						  psprintf("It looks through %s for rows that refer to the partition, while nobody can write that, or read the partitioned table.",
								   table->qualified),
						  "Drop the foreign key before, and add it again after it. Or SET gradual.allow_blocking = on, at a time when the application can wait.");
}

void
gradual_recipe_restrict_table(GradualRecipeState *state, GradualCommand *command)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;
	const char *form;
	GradualStep *step;
	GradualPhase phase = gradual_place_ddl(state, command, GRADUAL_SWAP);
	char	   *sql;

	refuse_search(state, command);
	(void) gradual_recipe_find(command, &form);
	sql = own_text(command, form);
	if (sql == NULL)
	{
		step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
		gradual_steps_command(step, detach_text(command));
	}
	else
		step = gradual_steps_plain(state, command, phase, sql);
	step->action = asc_tolower(form, strlen(form));
	if (cmd->name != NULL)
		step->action = psprintf("%s %s", step->action, cmd->name);
	gradual_steps_lock(step, command->table,
					   sql == NULL ? AccessExclusiveLock :
					   AlterTableGetLockLevel(list_make1(command->node)));
	lock_others(step, command);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = pstrdup(subcommand_note(cmd));
	if (command->searches == NULL)
		return;
	gradual_steps_lock(step, command->searches, ShareLock);
	step->cost = "scan";
	step->transaction = GRADUAL_TRANSACTION_JOINED;
	gradual_steps_note(step, psprintf("Looks through %s for rows that refer to the partition.",
									  command->searches->qualified));
}

/* --- whole statements --- */

/* Does the script create all that the statement is about? */
static bool
is_about_created(const GradualRecipeState *state, const GradualStatement *statement)
{
	List	   *names = gradual_names_altered(statement);
	ListCell   *lc;

	foreach(lc, names)
	{
		if (!gradual_names_created(state->script, statement, lfirst(lc), true))
			return false;
	}
	return names != NIL;
}

static char *
target_of(const GradualStatement *statement)
{
	return gradual_names_list(gradual_names_altered(statement));
}

static const char *
hazard(const GradualStatement *statement)
{
	switch (nodeTag(statement->node))
	{
		case T_GrantStmt:
		case T_GrantRoleStmt:
			return "The running application may still need it: so only after complete.";
		case T_AlterExtensionStmt:
			return "Runs the scripts of the extension, which may do anything: only after complete.";
		case T_CreatePublicationStmt:
		case T_AlterPublicationStmt:
			return "An UPDATE or DELETE of a published table without a replica identity fails: so only after complete.";
		default:
			return "It may change what the statements of the running application do: so only after complete.";
	}
}

static LOCKMODE
lock_of(const GradualStatement *statement)
{
	switch (nodeTag(statement->node))
	{
		case T_AlterTableStmt:
			if (((AlterTableStmt *) statement->node)->objtype == OBJECT_TYPE)
				return NoLock;
			return AlterTableGetLockLevel(((AlterTableStmt *) statement->node)->cmds);
		case T_AlterPolicyStmt:
			return AccessExclusiveLock;
		case T_AlterPublicationStmt:
		case T_CreatePublicationStmt:
			return ShareUpdateExclusiveLock;
		case T_AlterDomainStmt:
			return ShareLock;
		default:
			return NoLock;
	}
}

/* An index or a sequence, without the table that it belongs to. */
static bool
locks_itself(const GradualStatement *statement)
{
	AlterTableStmt *alter = (AlterTableStmt *) statement->node;

	return IsA(alter, AlterTableStmt) &&
		(alter->objtype == OBJECT_INDEX || alter->objtype == OBJECT_SEQUENCE);
}

void
gradual_recipe_restrict(GradualRecipeState *state, GradualCommand *command)
{
	GradualStatement *statement = command->statement;
	bool		created = is_about_created(state, statement) ||
	(command->table != NULL && command->table->created);
	GradualPhase phase = gradual_place_ddl(state, command,
										   created ? GRADUAL_EXPAND : GRADUAL_SWAP);
	LOCKMODE	mode = lock_of(statement);
	GradualStep *step;
	ListCell   *lc;

	if (!gradual_steps_is_first(command))
		return;
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	gradual_steps_command(step, statement->sql);
	step->action = asc_tolower(statement->tag, strlen(statement->tag));
	if (IsA(statement->node, AlterPolicyStmt))
		step->action = psprintf("alter policy %s",
								((AlterPolicyStmt *) statement->node)->policy_name);
	else
		step->target = target_of(statement);
	if (locks_itself(statement) && !created)
	{
		step->lock_mode = pstrdup(gradual_lock_mode_name(mode));
		step->blocks = pstrdup(gradual_steps_blocks(mode));
	}
	else if (mode != NoLock)
	{
		gradual_steps_lock(step, command->table, mode);
		foreach(lc, command->touches)
			gradual_steps_lock(step, lfirst(lc), mode);
	}
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	else if (created)
		gradual_undo_created_type(step, command);
	step->note = created ? "The script itself created it." : pstrdup(hazard(statement));
}

/* May the constraint be added without looking at the rows? */
static bool
can_skip_rows(const AlterDomainStmt *alter)
{
	return alter->subtype == 'C' && ((Constraint *) alter->def)->contype == CONSTR_CHECK;
}

static void
refuse_check_of_rows(const GradualRecipeState *state, const GradualCommand *command,
					 const GradualTable *table)
{
	if (gradual_steps_may_lock(state, table))
		return;
	gradual_script_refuse(command->statement, "ALTER DOMAIN with a check of rows",
						  psprintf("The rows of %s would be gone through while nobody can write them.",
								   table->qualified),
						  can_skip_rows((AlterDomainStmt *) command->node) ?
						  "Add the constraint as NOT VALID, or SET gradual.allow_blocking = on." :
						  "SET gradual.allow_blocking = on to run it anyway.");
}

/*
 * A constraint of a domain is checked on all rows of its tables, while nobody
 * can write them.
 */
void
gradual_recipe_alter_domain(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step;
	ListCell   *lc;

	foreach(lc, command->touches)
		refuse_check_of_rows(state, command, lfirst(lc));
	gradual_recipe_restrict(state, command);
	if (command->touches == NIL)
		return;
	step = llast(state->steps);
	step->phase = gradual_place_work(step->phase);
	step->cost = "scan";
	gradual_steps_note(step, "Goes through the rows of the tables that use the domain, which nobody can write meanwhile.");
}

/* --- TRUNCATE, LOCK --- */

void
gradual_recipe_truncate(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_STATEMENT,
										  gradual_place_ddl(state, command, GRADUAL_SWAP));
	ListCell   *lc;

	gradual_steps_command(step, command->statement->sql);
	step->action = "truncate";
	foreach(lc, command->drop->tables)
		gradual_steps_lock(step, lfirst(lc), AccessExclusiveLock);
	if (list_length(((TruncateStmt *) command->node)->relations) > 1)
		step->target = target_of(command->statement);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "The running application may still need the rows: so only after complete. The files are replaced, which takes an instant.";
	if (command->drop->along != NULL)
		gradual_steps_note(step, psprintf("CASCADE takes along: %s.", command->drop->along));
}

/* Each step locks what it needs, for an instant, and checks it at its end. */
void
gradual_recipe_nothing(GradualRecipeState *state, GradualCommand *command)
{
}
