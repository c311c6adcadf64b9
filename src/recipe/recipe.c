/*
 * recipe.c
 *	  The table of recipes, and the walk over a script that applies them.
 *
 * Invariant: what is not in the table is refused, with the manual's name for it.
 * A table that the script creates, or that has no row, needs no online path, so
 * there any subcommand of ALTER TABLE runs as written.
 */
#include "postgres.h"

#include "catalog/pg_class.h"

#include "base/texts.h"
#include "recipe/beside.h"
#include "recipe/convert.h"
#include "recipe/carry.h"
#include "recipe/join.h"
#include "recipe/late.h"
#include "recipe/names.h"
#include "recipe/position.h"
#include "recipe/publication.h"
#include "recipe/recipe.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "recipe.c must stay pure"
#endif

/* A subcommand of ALTER TABLE; no recipe = refused on a table with rows. */
typedef struct Subcommand
{
	AlterTableType type;
	const char *form;
	GradualRecipe recipe;
} Subcommand;

static const Subcommand subcommands[] = {
	{AT_AddColumn, "ADD COLUMN", gradual_recipe_add_column},
	{AT_ColumnDefault, "SET DEFAULT", gradual_recipe_set_default},
	{AT_SetNotNull, "SET NOT NULL", gradual_recipe_set_not_null},
	{AT_DropNotNull, "DROP NOT NULL", gradual_recipe_drop_not_null},
	{AT_SetStatistics, "SET STATISTICS", gradual_recipe_option},
	{AT_SetOptions, "ALTER COLUMN SET", gradual_recipe_option},
	{AT_ResetOptions, "ALTER COLUMN RESET", gradual_recipe_option},
	{AT_SetStorage, "SET STORAGE", gradual_recipe_option},
	{AT_SetCompression, "SET COMPRESSION", gradual_recipe_option},
	{AT_SetRelOptions, "SET storage parameters", gradual_recipe_option},
	{AT_ResetRelOptions, "RESET storage parameters", gradual_recipe_option},
	{AT_ChangeOwner, "OWNER TO", gradual_recipe_option},
	{AT_ClusterOn, "CLUSTER ON", gradual_recipe_option},
	{AT_DropCluster, "SET WITHOUT CLUSTER", gradual_recipe_option},
	{AT_ReplicaIdentity, "REPLICA IDENTITY", gradual_recipe_option},
	{AT_EnableTrig, "ENABLE TRIGGER", gradual_recipe_enable_trigger},
	{AT_EnableAlwaysTrig, "ENABLE ALWAYS TRIGGER", gradual_recipe_enable_trigger},
	{AT_EnableReplicaTrig, "ENABLE REPLICA TRIGGER", gradual_recipe_enable_trigger},
	{AT_EnableTrigAll, "ENABLE TRIGGER ALL", gradual_recipe_enable_trigger},
	{AT_EnableTrigUser, "ENABLE TRIGGER USER", gradual_recipe_enable_trigger},
	{AT_ValidateConstraint, "VALIDATE CONSTRAINT", gradual_recipe_validate},
	{AT_DropConstraint, "DROP CONSTRAINT", gradual_recipe_drop_constraint},
	{AT_SetTableSpace, "SET TABLESPACE", gradual_recipe_blocking},
	{AT_SetLogged, "SET LOGGED", gradual_recipe_blocking},
	{AT_SetUnLogged, "SET UNLOGGED", gradual_recipe_blocking},
	{AT_SetAccessMethod, "SET ACCESS METHOD", gradual_recipe_blocking},
	{AT_AddConstraint, "ADD CONSTRAINT", gradual_recipe_add_constraint},
	{AT_AlterConstraint, "ALTER CONSTRAINT", gradual_recipe_alter_constraint},
	{AT_DropColumn, "DROP COLUMN", gradual_recipe_drop_column},
	{AT_AlterColumnType, "ALTER COLUMN TYPE", gradual_recipe_alter_type},
	{AT_DropExpression, "DROP EXPRESSION", gradual_recipe_drop_expression},
	{AT_AddIdentity, "ADD GENERATED AS IDENTITY", gradual_recipe_add_identity},
	{AT_SetIdentity, "SET GENERATED", gradual_recipe_set_identity},
	{AT_DropIdentity, "DROP IDENTITY", gradual_recipe_drop_identity},
	{AT_DisableTrig, "DISABLE TRIGGER", gradual_recipe_restrict_table},
	{AT_DisableTrigAll, "DISABLE TRIGGER ALL", gradual_recipe_restrict_table},
	{AT_DisableTrigUser, "DISABLE TRIGGER USER", gradual_recipe_restrict_table},
	{AT_EnableRule, "ENABLE RULE", gradual_recipe_restrict_table},
	{AT_EnableAlwaysRule, "ENABLE ALWAYS RULE", gradual_recipe_restrict_table},
	{AT_EnableReplicaRule, "ENABLE REPLICA RULE", gradual_recipe_restrict_table},
	{AT_DisableRule, "DISABLE RULE", gradual_recipe_restrict_table},
	{AT_AddInherit, "INHERIT", gradual_recipe_restrict_table},
	{AT_DropInherit, "NO INHERIT", gradual_recipe_restrict_table},
	{AT_AddOf, "OF", gradual_recipe_restrict_table},
	{AT_DropOf, "NOT OF", gradual_recipe_restrict_table},
	{AT_EnableRowSecurity, "ENABLE ROW LEVEL SECURITY", gradual_recipe_restrict_table},
	{AT_DisableRowSecurity, "DISABLE ROW LEVEL SECURITY", gradual_recipe_restrict_table},
	{AT_ForceRowSecurity, "FORCE ROW LEVEL SECURITY", gradual_recipe_restrict_table},
	{AT_NoForceRowSecurity, "NO FORCE ROW LEVEL SECURITY", gradual_recipe_restrict_table},
	{AT_AttachPartition, "ATTACH PARTITION", gradual_recipe_attach_partition},
	{AT_DetachPartition, "DETACH PARTITION", gradual_recipe_restrict_table},
	{AT_DetachPartitionFinalize, "DETACH PARTITION FINALIZE", gradual_recipe_restrict_table},
};

/* A statement by the tag of its node; its form is its command tag. */
typedef struct Statement
{
	NodeTag		tag;
	GradualRecipe recipe;
} Statement;

static const Statement statements[] = {
	{T_UpdateStmt, gradual_recipe_update},
	{T_DeleteStmt, gradual_recipe_delete},
	{T_InsertStmt, gradual_recipe_insert},
	{T_MergeStmt, gradual_recipe_merge},
	{T_IndexStmt, gradual_recipe_create_index},
	{T_ReindexStmt, gradual_recipe_reindex},
	{T_RefreshMatViewStmt, gradual_recipe_refresh},
	{T_VacuumStmt, gradual_recipe_analyze},
	{T_ClusterStmt, gradual_recipe_blocking},
	{T_SelectStmt, gradual_recipe_code},
	{T_DoStmt, gradual_recipe_code},
	{T_CallStmt, gradual_recipe_code},
	{T_CreateTableAsStmt, gradual_recipe_opaque},
	{T_CreateStmt, gradual_recipe_as_written},
	{T_CreateSchemaStmt, gradual_recipe_as_written},
	{T_CreateSeqStmt, gradual_recipe_as_written},
	{T_AlterSeqStmt, gradual_recipe_as_written},
	{T_CompositeTypeStmt, gradual_recipe_as_written},
	{T_CreateEnumStmt, gradual_recipe_create_enum},
	{T_CreateRangeStmt, gradual_recipe_as_written},
	{T_CreateDomainStmt, gradual_recipe_as_written},
	{T_DefineStmt, gradual_recipe_as_written},
	{T_CreateFunctionStmt, gradual_recipe_as_written},
	{T_ViewStmt, gradual_recipe_as_written},
	{T_CreateTrigStmt, gradual_recipe_as_written},
	{T_RuleStmt, gradual_recipe_as_written},
	{T_CreatePolicyStmt, gradual_recipe_as_written},
	{T_CreateStatsStmt, gradual_recipe_as_written},
	{T_CreateExtensionStmt, gradual_recipe_as_written},
	{T_CommentStmt, gradual_recipe_as_written},
	{T_LockStmt, gradual_recipe_nothing},
	{T_ConstraintsSetStmt, gradual_recipe_nothing},
	{T_AlterPolicyStmt, gradual_recipe_restrict},
	{T_AlterDomainStmt, gradual_recipe_alter_domain},
	{T_AlterOwnerStmt, gradual_recipe_restrict},
	{T_AlterOperatorStmt, gradual_recipe_restrict},
	{T_AlterOpFamilyStmt, gradual_recipe_restrict},
	{T_AlterTypeStmt, gradual_recipe_restrict},
	{T_AlterTSDictionaryStmt, gradual_recipe_restrict},
	{T_AlterTSConfigurationStmt, gradual_recipe_restrict},
	{T_AlterEventTrigStmt, gradual_recipe_restrict},
	{T_AlterFdwStmt, gradual_recipe_restrict},
	{T_AlterForeignServerStmt, gradual_recipe_restrict},
	{T_AlterUserMappingStmt, gradual_recipe_restrict},
	{T_DropUserMappingStmt, gradual_recipe_restrict},
	{T_CreatePublicationStmt, gradual_recipe_restrict},
	{T_AlterPublicationStmt, gradual_recipe_restrict},
	{T_AlterExtensionStmt, gradual_recipe_restrict},
	{T_AlterExtensionContentsStmt, gradual_recipe_restrict},
	{T_AlterFunctionStmt, gradual_recipe_as_written},
	{T_AlterStatsStmt, gradual_recipe_as_written},
	{T_AlterDefaultPrivilegesStmt, gradual_recipe_as_written},
	{T_CreateCastStmt, gradual_recipe_as_written},
	{T_CreateOpClassStmt, gradual_recipe_as_written},
	{T_CreateOpFamilyStmt, gradual_recipe_as_written},
	{T_CreateTransformStmt, gradual_recipe_as_written},
	{T_CreateConversionStmt, gradual_recipe_as_written},
	{T_CreateAmStmt, gradual_recipe_as_written},
	{T_CreatePLangStmt, gradual_recipe_as_written},
	{T_CreateFdwStmt, gradual_recipe_as_written},
	{T_CreateForeignServerStmt, gradual_recipe_as_written},
	{T_CreateUserMappingStmt, gradual_recipe_as_written},
	{T_CreateEventTrigStmt, gradual_recipe_as_written},
};

/* --- finding a recipe --- */

static const char *
rename_form(const RenameStmt *rename, const char *tag)
{
	switch (rename->renameType)
	{
		case OBJECT_COLUMN:
			return "RENAME COLUMN";
		case OBJECT_TABLE:
			return "RENAME TABLE";
		case OBJECT_TABCONSTRAINT:
			return "RENAME CONSTRAINT";
		default:
			return psprintf("%s .. RENAME", tag);
	}
}

static const char *
constraint_form(const AlterTableCmd *cmd)
{
	if (cmd->def == NULL || !IsA(cmd->def, Constraint))
		return "ADD CONSTRAINT";
	switch (((Constraint *) cmd->def)->contype)
	{
		case CONSTR_CHECK:
			return "ADD CHECK";
		case CONSTR_FOREIGN:
			return "ADD FOREIGN KEY";
		case CONSTR_PRIMARY:
			return "ADD PRIMARY KEY";
		case CONSTR_UNIQUE:
			return "ADD UNIQUE";
		case CONSTR_EXCLUSION:
			return "ADD EXCLUDE";
		case CONSTR_NOTNULL:
			return "ADD NOT NULL";
		default:
			return "ADD CONSTRAINT";
	}
}

/* ALTER TABLE can name a view, an index or a sequence as well. */
static bool
is_on_table(const GradualCommand *command)
{
	return command->table == NULL || command->table->created ||
		command->table->relkind == RELKIND_RELATION ||
		command->table->relkind == RELKIND_PARTITIONED_TABLE;
}

/* ALTER VIEW, INDEX, SEQUENCE, .. */
static GradualRecipe
find_of_other(const GradualCommand *command)
{
	AlterTableType type = ((AlterTableCmd *) command->node)->subtype;

	switch (((AlterTableStmt *) command->statement->node)->objtype)
	{
		case OBJECT_TYPE:
		case OBJECT_VIEW:
			return gradual_recipe_restrict;
		case OBJECT_INDEX:
			return type == AT_SetRelOptions || type == AT_ResetRelOptions ||
				type == AT_SetStatistics ? gradual_recipe_restrict : NULL;
		case OBJECT_SEQUENCE:
			return type == AT_ChangeOwner || type == AT_SetLogged ||
				type == AT_SetUnLogged ? gradual_recipe_restrict : NULL;
		case OBJECT_MATVIEW:
			return type == AT_SetTableSpace || type == AT_SetAccessMethod ?
				gradual_recipe_blocking : gradual_recipe_restrict;
		default:
			return NULL;
	}
}

static GradualRecipe
find_subcommand(const GradualCommand *command, const char **form)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;
	GradualRecipe recipe = NULL;

	*form = command->statement->tag;
	if (((AlterTableStmt *) command->statement->node)->objtype != OBJECT_TABLE)
		return find_of_other(command);
	if (!is_on_table(command))
		return NULL;
	for (int i = 0; i < lengthof(subcommands); i++)
	{
		if (subcommands[i].type != cmd->subtype)
			continue;
		*form = subcommands[i].form;
		recipe = subcommands[i].recipe;
		break;
	}
	if (cmd->subtype == AT_AddConstraint)
		*form = constraint_form(cmd);
	if (command->sets_expression)
		*form = "SET EXPRESSION";
	if (cmd->subtype == AT_ColumnDefault && cmd->def == NULL)
	{
		*form = "DROP DEFAULT";
		recipe = gradual_recipe_drop_default;
	}
	if (command->table == NULL ||
		(command->checks != NULL && !GRADUAL_TABLE_AT_ONCE(command->checks)))
		return NULL;
	if (command->table->created && command->attach == NULL)
		return gradual_recipe_as_written;
	if (command->sets_expression && !command->table->empty)
		return gradual_recipe_set_expression;
	if ((recipe == NULL && command->table->empty) ||
		(cmd->subtype == AT_SetAccessMethod && command->table->relkind == RELKIND_PARTITIONED_TABLE))
		return gradual_recipe_option;
	return recipe;
}

/* TRUNCATE of what has no rows that anybody knows; CASCADE stays in the script. */
static bool
is_all_at_once(const GradualCommand *command)
{
	ListCell   *lc;

	if (command->checks != NULL && !command->checks->created)
		return false;

	foreach(lc, command->touches)
	{
		GradualTable *table = lfirst(lc);

		if (!GRADUAL_TABLE_AT_ONCE(table))
			return false;
	}
	return command->table != NULL && GRADUAL_TABLE_AT_ONCE(command->table);
}

/* ALTER TABLE may rename an index, too. */
static GradualRecipe
find_rename(const GradualCommand *command)
{
	GradualNaming *naming = command->naming;

	switch (((RenameStmt *) command->statement->node)->renameType)
	{
		case OBJECT_TABLE:
		case OBJECT_VIEW:
		case OBJECT_SEQUENCE:
		case OBJECT_INDEX:
		case OBJECT_MATVIEW:
		case OBJECT_FOREIGN_TABLE:
			return naming != NULL && strchr("iI", naming->relkind) != NULL ?
				gradual_recipe_rename : gradual_recipe_rename_table;
		case OBJECT_TABCONSTRAINT:
			return gradual_recipe_rename;
		case OBJECT_COLUMN:
			return gradual_recipe_rename_column;
		default:
			return gradual_recipe_rename_object;
	}
}

/* Forms of which only one kind has a recipe. */
static GradualRecipe
find_partly(const GradualCommand *command, const char **form)
{
	Node	   *node = command->statement->node;

	switch (nodeTag(node))
	{
		case T_DropStmt:
			return ((DropStmt *) node)->removeType == OBJECT_INDEX ?
				gradual_recipe_drop_index : gradual_recipe_drop;
		case T_GrantStmt:
			return ((GrantStmt *) node)->is_grant ? gradual_recipe_as_written :
				gradual_recipe_restrict;
		case T_GrantRoleStmt:
			return ((GrantRoleStmt *) node)->is_grant ? gradual_recipe_as_written :
				gradual_recipe_restrict;
		case T_AlterEnumStmt:
			*form = ((AlterEnumStmt *) node)->oldVal != NULL ?
				"ALTER TYPE .. RENAME VALUE" : "ALTER TYPE .. ADD VALUE";
			return ((AlterEnumStmt *) node)->oldVal != NULL ?
				gradual_recipe_rename_object : gradual_recipe_as_written;
		case T_RenameStmt:
			return find_rename(command);
		case T_AlterObjectSchemaStmt:
			return ((AlterObjectSchemaStmt *) node)->relation == NULL ?
				gradual_recipe_rename_object : gradual_recipe_rename_table;
		case T_TruncateStmt:
			return is_all_at_once(command) ? gradual_recipe_as_written :
				gradual_recipe_truncate;
		default:
			return NULL;
	}
}

GradualRecipe
gradual_recipe_find(const GradualCommand *command, const char **form)
{
	GradualStatement *statement = command->statement;

	if (command->node != NULL && IsA(command->node, AlterTableCmd))
		return find_subcommand(command, form);
	*form = statement->tag;
	if (IsA(statement->node, RenameStmt))
		*form = rename_form((RenameStmt *) statement->node, statement->tag);
	if (IsA(statement->node, AlterObjectSchemaStmt))
		*form = "SET SCHEMA";
	for (int i = 0; i < lengthof(statements); i++)
	{
		if (statements[i].tag == nodeTag(statement->node))
			return statements[i].recipe;
	}
	return find_partly(command, form);
}

/* --- one statement --- */

/* From the swap on there is only forward. */
static void
close_rollback(GradualRecipeState *state, int first)
{
	ListCell   *lc;

	for_each_from(lc, state->steps, first)
	{
		GradualStep *step = lfirst(lc);

		if (step->phase == GRADUAL_SWAP && strcmp(step->reversible, "yes") == 0)
			step->reversible = GRADUAL_UNTIL_COMPLETE;
	}
}

static void
cook_statement(GradualRecipeState *state, GradualStatement *statement)
{
	int			first = list_length(state->steps);
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);
		const char *form;
		GradualRecipe recipe;

		if (command->noop)
			continue;
		recipe = gradual_recipe_find(command, &form);
		if (recipe == NULL)
			gradual_script_refuse(statement, form,
								  command->checks == NULL || command->checks->created ? NULL :
								  psprintf("The rows of %s would be gone through under lock.",
										   command->checks->qualified),
								  "Run it by hand, before the migration or after it.");
		if (statement->number == state->script->unrehearsed)
			gradual_script_refuse(statement, form,
								  "What it leaves behind cannot be tried on an empty copy of the schema, so nothing after it could be checked.",
								  NULL);
		gradual_recipe_refuse_below(state, command);
		recipe(state, command);
	}
	if (IsA(statement->node, AlterTableStmt))
		gradual_join_subcommands(state, statement, first);
	if (gradual_steps_changes_rows(statement->node))
		gradual_recipe_refuse_late_copy(state, linitial(statement->commands),
										gradual_steps_latest(state, statement));
	gradual_recipe_require_filled(state, statement);
	close_rollback(state, first);
	gradual_late_remember(state, statement, first);
}

/* --- closing steps --- */

static char *
column_list(List *columns)
{
	List	   *once = NIL;
	ListCell   *lc;

	foreach(lc, columns)
	{
		if (!gradual_texts_have(once, lfirst(lc)))
			once = lappend(once, lfirst(lc));
	}
	return gradual_names_list(once);
}

static void
close_statistics(GradualRecipeState *state, const GradualFill *fill)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_SCAN,
										  fill->late ? GRADUAL_TAIL : GRADUAL_VERIFY);
	char	   *columns = column_list(list_concat(list_copy(fill->columns), fill->twins));

	/* extended statistics are gathered with all their columns, or not at all */
	if (fill->table->carried != NULL && fill->table->carried->statistics != NIL)
		gradual_steps_command(step, psprintf("ANALYZE %s", fill->table->qualified));
	else
		gradual_steps_command(step, psprintf("ANALYZE %s (%s)", fill->table->qualified, columns));
	step->action = psprintf("analyze %s", columns);
	step->target = fill->table->qualified;
	step->est_rows = (int64) fill->table->rows;
	step->cost = "scan";
	step->note = "Statistics of the new columns, before the application plans queries with them.";
	gradual_steps_lock(step, fill->table, ShareUpdateExclusiveLock);
}

static void
cook_script(GradualRecipeState *state, GradualScript *script, int32 migration)
{
	ListCell   *lc;

	memset(state, 0, sizeof(GradualRecipeState));
	state->script = script;
	state->migration = migration;
	state->latest = GRADUAL_EXPAND;
	foreach(lc, script->statements)
		state->commands = list_concat(state->commands,
									  ((GradualStatement *) lfirst(lc))->commands);
	foreach(lc, script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (!statement->dropped)
			cook_statement(state, statement);
	}
	gradual_setval_settle(state);
}

/*
 * Each round finds one more fill, or setval(), that has to wait, or a fill that does
 * without a trigger, so there is an end.
 */
List *
gradual_recipe_steps(GradualScript *script, int32 migration)
{
	GradualRecipeState state;
	ListCell   *lc;

	do
		cook_script(&state, script, migration);
	while (state.again || gradual_trigger_yields(&state));
	gradual_position_check(&state);
	gradual_rename_stop_listening(&state);
	foreach(lc, state.copies)
		gradual_carry_end(&state, lfirst(lc));
	foreach(lc, state.fills)
	{
		GradualFill *fill = lfirst(lc);

		gradual_trigger_settle(&state, fill);
		if (fill->columns != NIL || fill->twins != NIL)
			close_statistics(&state, fill);
		if (fill->trigger)
			gradual_trigger_drop(&state, fill);
	}
	gradual_beside_keys(&state);
	gradual_convert_strict(&state);
	gradual_convert_wait(&state);
	gradual_publication_restore(&state);
	gradual_recipe_stand_ins(&state);
	return list_concat(state.openers, state.steps);
}
