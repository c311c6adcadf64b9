/*
 * rehearse.c
 *	  Running a script on structural clones, to find out what it does.
 *
 * Everything happens in a subtransaction that is always rolled back: the clones
 * in pg_temp, the types, functions and schemas that the script creates, its
 * SETs, and the ACCESS SHARE locks on the real relations.  Results are kept in
 * the caller's memory context.
 *
 * Lock order: ACCESS SHARE only, on each relation when the script first names
 * it; it conflicts with nothing but ACCESS EXCLUSIVE.
 *
 * If we crash here, nothing was done.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_database.h"
#include "catalog/pg_proc.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/undone.h"
#include "script/carried_keys.h"
#include "script/lookup.h"
#include "script/preview.h"
#include "script/rehearsal.h"
#include "script/table.h"
#include "script/unless.h"

typedef struct GradualForm
{
	NodeTag		tag;
	bool		(*rehearse) (GradualRehearsal *rehearsal, Node *node);
} GradualForm;

/* lint: table */
static const GradualForm forms[] = {
	{T_CreateStmt, gradual_rehearse_create_table},
	{T_CreateTableAsStmt, gradual_rehearse_create_table_as},
	{T_ViewStmt, gradual_rehearse_create_view},
	{T_CreateSeqStmt, gradual_rehearse_create_sequence},
	{T_CreateStatsStmt, gradual_rehearse_create_statistics},
	{T_CreateSchemaStmt, gradual_rehearse_create_schema},
	{T_CreateTrigStmt, gradual_rehearse_create_trigger},
	{T_CreatePolicyStmt, gradual_rehearse_create_policy},
	{T_RuleStmt, gradual_rehearse_create_rule},
	{T_CompositeTypeStmt, gradual_rehearse_define},
	{T_CreateEnumStmt, gradual_rehearse_define},
	{T_CreateRangeStmt, gradual_rehearse_define},
	{T_CreateDomainStmt, gradual_rehearse_define},
	{T_DefineStmt, gradual_rehearse_define},
	{T_CreateExtensionStmt, gradual_rehearse_define},
	{T_CreateFunctionStmt, gradual_rehearse_create_function},
	{T_AlterEnumStmt, gradual_rehearse_alter_enum},
	{T_AlterTableStmt, gradual_rehearse_alter_table},
	{T_AlterSeqStmt, gradual_rehearse_alter_sequence},
	{T_RenameStmt, gradual_rehearse_rename},
	{T_AlterObjectSchemaStmt, gradual_rehearse_set_schema},
	{T_IndexStmt, gradual_rehearse_create_index},
	{T_DropStmt, gradual_rehearse_drop},
	{T_CommentStmt, gradual_rehearse_comment},
	{T_GrantStmt, gradual_rehearse_grant},
	{T_SelectStmt, gradual_rehearse_dml},
	{T_InsertStmt, gradual_rehearse_dml},
	{T_UpdateStmt, gradual_rehearse_dml},
	{T_DeleteStmt, gradual_rehearse_dml},
	{T_MergeStmt, gradual_rehearse_dml},
	{T_CallStmt, gradual_rehearse_dml},
	{T_DoStmt, gradual_rehearse_do},
	{T_ReindexStmt, gradual_rehearse_maintenance},
	{T_RefreshMatViewStmt, gradual_rehearse_maintenance},
	{T_TruncateStmt, gradual_rehearse_truncate},
	{T_ClusterStmt, gradual_rehearse_maintenance},
	{T_LockStmt, gradual_rehearse_maintenance},
	{T_VacuumStmt, gradual_rehearse_maintenance},
	{T_AlterPolicyStmt, gradual_rehearse_alter_policy},
	{T_AlterDomainStmt, gradual_rehearse_alter_domain},
	{T_AlterFunctionStmt, gradual_rehearse_for_real},
	{T_AlterOwnerStmt, gradual_rehearse_for_real},
	{T_AlterOperatorStmt, gradual_rehearse_for_real},
	{T_AlterOpFamilyStmt, gradual_rehearse_for_real},
	{T_AlterTypeStmt, gradual_rehearse_for_real},
	{T_AlterStatsStmt, gradual_rehearse_for_real},
	{T_AlterTSDictionaryStmt, gradual_rehearse_for_real},
	{T_AlterTSConfigurationStmt, gradual_rehearse_for_real},
	{T_AlterEventTrigStmt, gradual_rehearse_for_real},
	{T_AlterFdwStmt, gradual_rehearse_for_real},
	{T_AlterForeignServerStmt, gradual_rehearse_for_real},
	{T_AlterUserMappingStmt, gradual_rehearse_for_real},
	{T_DropUserMappingStmt, gradual_rehearse_for_real},
	{T_AlterDefaultPrivilegesStmt, gradual_rehearse_for_real},
	{T_CreateCastStmt, gradual_rehearse_for_real},
	{T_CreateOpClassStmt, gradual_rehearse_for_real},
	{T_CreateOpFamilyStmt, gradual_rehearse_for_real},
	{T_CreateTransformStmt, gradual_rehearse_for_real},
	{T_CreateConversionStmt, gradual_rehearse_for_real},
	{T_CreateAmStmt, gradual_rehearse_for_real},
	{T_CreatePLangStmt, gradual_rehearse_for_real},
	{T_CreateFdwStmt, gradual_rehearse_for_real},
	{T_CreateForeignServerStmt, gradual_rehearse_for_real},
	{T_CreateUserMappingStmt, gradual_rehearse_for_real},
	{T_CreateEventTrigStmt, gradual_rehearse_for_real},
	{T_CreatePublicationStmt, gradual_rehearse_publication},
	{T_AlterPublicationStmt, gradual_rehearse_publication},
	{T_AlterExtensionStmt, gradual_rehearse_alter_extension},
	{T_AlterExtensionContentsStmt, gradual_rehearse_alter_extension},
	{T_ConstraintsSetStmt, gradual_rehearse_nothing},
	{T_GrantRoleStmt, gradual_rehearse_grant_role},
	{T_SecLabelStmt, gradual_rehearse_nothing},
};

/* What rehearse() works on. */
typedef struct GradualRehearsalTask
{
	GradualScript *script;
	GradualPreview *preview;	/* NULL = none */
} GradualRehearsalTask;

static bool makes_unknown(Node *node);
static void rehearse(void *arg);
static void begin(GradualRehearsal *rehearsal, const GradualRehearsalTask *task);
static void check_may_create_clones(void);
static void set_quiet(void);
static bool rehearse_statement(GradualRehearsal *rehearsal);
static void apply_setting(GradualStatement *statement);
static void tell_touches(GradualScript *script);

void
gradual_script_rehearse(GradualScript *script)
{
	GradualRehearsalTask task = {script, NULL};
	ErrorData  *error;

	check_may_create_clones();
	error = gradual_undone(rehearse, &task);
	if (error != NULL)
		ReThrowError(error);
	tell_touches(script);
}

List *
gradual_script_preview(const GradualScript *script, int rows, ErrorData **error)
{
	GradualRehearsalTask task;

	task.script = gradual_script_parse(script->text, script->search_path, script->settings, false);
	task.preview = gradual_preview_make(script, rows);
	*error = gradual_undone(rehearse, &task);
	gradual_preview_end();
	return task.preview->rows;
}

/* By its name alone: is it a volatile function of the database, which may do anything? */
static bool
is_own_volatile(const char *name)
{
	CatCList   *found = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	bool		own = false;

	for (int i = 0; i < found->n_members; i++)
	{
		Form_pg_proc function = (Form_pg_proc) GETSTRUCT(&found->members[i]->tuple);

		own |= function->oid >= FirstNormalObjectId &&
			function->provolatile == PROVOLATILE_VOLATILE;
	}
	ReleaseSysCacheList(found);
	return own;
}

static bool
calls_own_volatile(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncCall) && is_own_volatile(strVal(llast(((FuncCall *) node)->funcname))))
		return true;
	return raw_expression_tree_walker(node, calls_own_volatile, context);
}

/* May it make what nobody knows of before it has run? */
static bool
makes_unknown(Node *node)
{
	return IsA(node, DoStmt) || IsA(node, CallStmt) || IsA(node, AlterExtensionStmt) ||
		(IsA(node, SelectStmt) && calls_own_volatile(node, NULL));
}

/* Other settings may name what the script makes, and do not change the answers. */
static bool
sets_search_path(const Node *node)
{
	const VariableSetStmt *set = (const VariableSetStmt *) node;

	return IsA(set, VariableSetStmt) && set->name != NULL && pg_strcasecmp(set->name, "search_path") == 0;
}

/* What DO blocks ask the catalogs, while there are no clones in them. */
static void
ask_catalogs(GradualRehearsal *rehearsal)
{
	int			level = NewGUCNestLevel();
	ListCell   *lc;

	rehearsal->context.own_text = true;
	foreach(lc, rehearsal->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		rehearsal->context.statement = statement->number;
		if (sets_search_path(statement->node))
			apply_setting(statement);
		else if (statement->unless != NULL && statement->unless->query != NULL)
			gradual_unless_ask(statement);
	}
	rehearsal->context.own_text = false;
	AtEOXact_GUC(true, level);
}

static void
rehearse(void *arg)
{
	GradualRehearsalTask *task = arg;
	GradualScript *script = task->script;
	GradualRehearsal rehearsal;
	ListCell   *lc;

	begin(&rehearsal, task);
	ask_catalogs(&rehearsal);
	foreach(lc, script->statements)
	{
		rehearsal.statement = lfirst(lc);
		rehearsal.context.statement = rehearsal.statement->number;
		if (!rehearse_statement(&rehearsal))
		{
			script->unrehearsed = rehearsal.statement->number;
			break;
		}
		if (makes_unknown(rehearsal.statement->node))
			rehearsal.context.opaque = rehearsal.statement->number;
		CHECK_FOR_INTERRUPTS();
	}
	gradual_table_relate(script);
	gradual_carried_keys_gather(&rehearsal);
	gradual_context_leave(&rehearsal.context);
	UnregisterSnapshot(rehearsal.before);
}

static void
begin(GradualRehearsal *rehearsal, const GradualRehearsalTask *task)
{
	memset(rehearsal, 0, sizeof(GradualRehearsal));
	rehearsal->script = task->script;
	rehearsal->preview = task->preview;
	rehearsal->sample = task->preview ? &task->preview->sample : NULL;
	rehearsal->before = RegisterSnapshot(GetLatestSnapshot());
	rehearsal->temp = LookupCreationNamespace("pg_temp");
	gradual_context_enter(&rehearsal->context, task->script->text);
	set_quiet();
}

static void
check_may_create_clones(void)
{
	char	   *database;

	if (object_aclcheck(DatabaseRelationId, MyDatabaseId, GetUserId(), ACL_CREATE_TEMP) == ACLCHECK_OK)
		return;
	database = get_database_name(MyDatabaseId);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to create temporary tables in database \"%s\"", database),
			 errdetail("A script is checked on empty temporary copies of its tables."),
			 errhint("GRANT TEMPORARY ON DATABASE %s TO %s;", quote_identifier(database),
					 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

/*
 * What PostgreSQL has to say about the clones is nobody's business, and they
 * live in the default tablespace, so that none is deparsed.
 */
static void
set_quiet(void)
{
	set_config_option("client_min_messages", "error", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_LOCAL, true, 0, false);
	set_config_option("temp_tablespaces", "", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_LOCAL, true, 0, false);
}

static bool
rehearse_statement(GradualRehearsal *rehearsal)
{
	GradualStatement *statement = rehearsal->statement;
	bool		known = false;

	if (IsA(statement->node, VariableSetStmt))
	{
		apply_setting(statement);
		return true;
	}
	if (statement->dropped)
		return true;

	rehearsal->command = linitial(statement->commands);
	PushActiveSnapshot(GetTransactionSnapshot());
	known = statement->unless != NULL && gradual_unless_passes(rehearsal, statement);
	rehearsal->command->noop = known;
	for (int i = 0; i < lengthof(forms) && !known; i++)
	{
		if (forms[i].tag == nodeTag(statement->node))
			known = forms[i].rehearse(rehearsal, copyObject(statement->node));
	}
	PopActiveSnapshot();
	return known;
}

/* It holds for the statements that follow, and ends with the subtransaction. */
static void
apply_setting(GradualStatement *statement)
{
	VariableSetStmt *set = copyObject((VariableSetStmt *) statement->node);

	set->is_local = true;
	ExecSetVariableStmt(set, false);
	set_quiet();
}

/* What a command acts on is not what else it touches. */
static void
tell_touches(GradualScript *script)
{
	ListCell   *statement;
	ListCell   *command;

	foreach(statement, script->statements)
	{
		foreach(command, ((GradualStatement *) lfirst(statement))->commands)
		{
			GradualCommand *facts = lfirst(command);

			facts->touches = list_delete_ptr(facts->touches, facts->table);
		}
	}
}
