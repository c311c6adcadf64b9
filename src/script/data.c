/*
 * data.c
 *	  Rehearsing what reads and changes rows, and what is opaque.
 *
 * Nothing here is executed: parse analysis of a statement on the clones shows
 * whether its tables, columns, functions and types fit.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/partition.h"
#include "commands/defrem.h"
#include "commands/proclang.h"
#include "commands/tablespace.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "script/bridge.h"
#include "script/change.h"
#include "script/clone.h"
#include "script/copy.h"
#include "script/dependent.h"
#include "script/facts.h"
#include "script/lookup.h"
#include "script/preview.h"
#include "script/redirect.h"
#include "script/setval.h"
#include "script/object_naming.h"

static void note_written(GradualRehearsal *rehearsal, Node *node);
static void look_for_setval(GradualRehearsal *rehearsal, const RawStmt *raw);
static bool select_into(GradualRehearsal *rehearsal, SelectStmt *select);
static void change_rows(GradualRehearsal *rehearsal, RawStmt *raw);
static void check_assigned(const GradualChange *change, const GradualTable *table);
static void note_assigned(GradualRehearsal *rehearsal, GradualChange *change,
						  GradualTable *table);

static void
look_for_labels(GradualRehearsal *rehearsal, const RawStmt *raw)
{
	Query	   *query;

	if (rehearsal->labels == NIL || IsA(raw->stmt, CallStmt))
		return;
	query = parse_analyze_fixedparams(copyObject((RawStmt *) raw), rehearsal->script->text, NULL, 0, NULL);
	rehearsal->command->shows_label = gradual_object_naming_shows_label(rehearsal, (Node *) query);
}

bool
gradual_rehearse_dml(GradualRehearsal *rehearsal, Node *node)
{
	RawStmt    *raw = makeNode(RawStmt);
	RangeVar   *target = NULL;
	RangeVar   *named;

	raw->stmt = node;
	raw->stmt_location = rehearsal->statement->location;
	raw->stmt_len = strlen(rehearsal->statement->sql);
	switch (nodeTag(node))
	{
		case T_SelectStmt:
			if (select_into(rehearsal, (SelectStmt *) node))
				return true;
			break;
		case T_InsertStmt:
			target = ((InsertStmt *) node)->relation;
			break;
		case T_UpdateStmt:
			target = ((UpdateStmt *) node)->relation;
			break;
		case T_DeleteStmt:
			target = ((DeleteStmt *) node)->relation;
			break;
		case T_MergeStmt:
			target = ((MergeStmt *) node)->relation;
			break;
		default:
			break;
	}

	named = copyObject(target);
	if (rehearsal->preview != NULL && target != NULL)
		gradual_preview_source(rehearsal);
	if (IsA(node, CallStmt))
		gradual_redirect(rehearsal, (Node *) ((CallStmt *) node)->funccall);
	else
		gradual_redirect(rehearsal, node);
	if (named != NULL)
		rehearsal->command->table = gradual_lookup_find(rehearsal, named, false)->table;
	gradual_lookup_check_reads(rehearsal);
	if (IsA(node, InsertStmt))
		rehearsal->command->upserts_key =
			!gradual_change_upsert_spares_keys(raw, rehearsal->script->text, rehearsal->command->table);
	if (target != NULL && rehearsal->command->table != NULL &&
		(!IsA(node, InsertStmt) || rehearsal->command->upserts_key) &&
		OidIsValid(rehearsal->command->table->oid))
		gradual_dependent_reach(rehearsal, rehearsal->command->table->oid);
	look_for_labels(rehearsal, raw);
	note_written(rehearsal, node);
	if (rehearsal->preview != NULL && target != NULL)
		gradual_preview_run(rehearsal, raw);
	else if (IsA(node, UpdateStmt) || IsA(node, DeleteStmt))
		change_rows(rehearsal, raw);
	else if (IsA(node, InsertStmt))
		rehearsal->command->change = gradual_copy_analyze(rehearsal, raw);
	else
	{
		look_for_setval(rehearsal, raw);
		pg_analyze_and_rewrite_fixedparams(raw, rehearsal->script->text, NULL, 0, NULL);
	}
	return true;
}

static bool
has_part_below(const GradualTable *table, const GradualColumn *whole)
{
	ListCell   *lc;

	foreach(lc, whole->parts)
	{
		if (list_member_oid(get_partition_ancestors(((GradualTable *) lfirst(lc))->oid), table->oid))
			return true;
	}
	return false;
}

/* Does it change rows elsewhere, too? */
static bool
writes_in_with(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CommonTableExpr) && !IsA(((CommonTableExpr *) node)->ctequery, SelectStmt))
		return true;
	return raw_expression_tree_walker(node, writes_in_with, context);
}

static bool
is_filled(const GradualTable *table, const char *name)
{
	ListCell   *lc;

	foreach(lc, table->added)
	{
		GradualColumn *column = lfirst(lc);

		if (column->filled && strcmp(column->name, name) == 0)
			return true;
	}
	return false;
}

/*
 * A column that was filled stays as it is in rows that the statement writes; so does one
 * of that name in rows of another table or partition that it writes, which look filled
 * then.  These cannot be filled any more, but only changed.
 */
static void
note_written(GradualRehearsal *rehearsal, Node *node)
{
	const GradualTable *written = rehearsal->command->table;
	bool		elsewhere = written != NULL && writes_in_with(node, NULL);
	ListCell   *lc,
			   *column;

	foreach(lc, written == NULL ? NIL : rehearsal->script->tables)
	{
		const GradualTable *table = lfirst(lc);

		foreach(column, table->added)
		{
			GradualColumn *added = lfirst(column);
			GradualColumn *whole = added->of != NULL ? added->of : added;

			if (table == written)
				whole->assigned |= has_part_below(table, whole);
			else if (elsewhere)
				added->assigned |= is_filled(written, added->name);
		}
	}
}

static void
look_for_setval(GradualRehearsal *rehearsal, const RawStmt *raw)
{
	if (IsA(raw->stmt, SelectStmt))
		rehearsal->command->setval =
			gradual_setval_analyze(rehearsal,
								   parse_analyze_fixedparams(copyObject((RawStmt *) raw), rehearsal->script->text,
															 NULL, 0, NULL));
}

/* Its code is opaque, and its language the server's business when it runs. */
bool
gradual_rehearse_do(GradualRehearsal *rehearsal, Node *node)
{
	const char *language = "plpgsql";
	ListCell   *lc;

	foreach(lc, ((DoStmt *) node)->args)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "language") == 0)
			language = strVal(option->arg);
	}
	get_language_oid(language, false);
	return true;
}

/* ANALYZE t (columns) */
static void
check_columns(GradualRehearsal *rehearsal, const VacuumStmt *vacuum)
{
	ListCell   *lc;
	ListCell   *column;

	foreach(lc, vacuum->rels)
	{
		VacuumRelation *one = lfirst(lc);
		GradualRelation *relation = gradual_clone_find(rehearsal, one->relation, false);
		Oid			oid = OidIsValid(relation->clone) ? relation->clone : relation->oid;

		foreach(column, one->va_cols)
		{
			if (get_attnum(oid, strVal(lfirst(column))) == InvalidAttrNumber)
				ereport(ERROR,
						(errcode(ERRCODE_UNDEFINED_COLUMN),
						 errmsg("column \"%s\" of relation \"%s\" does not exist",
								strVal(lfirst(column)), relation->name)));
		}
	}
}

/* The step is written anew with those that matter. */
static void
check_reindex_options(List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst(lc);

		if (strcmp(option->defname, "tablespace") == 0)
			get_tablespace_oid(defGetString(option), false);
		else if (strcmp(option->defname, "concurrently") == 0 ||
				 strcmp(option->defname, "verbose") == 0)
			(void) defGetBoolean(option);
		else
			ereport(ERROR,
					(errcode(ERRCODE_SYNTAX_ERROR),
					 errmsg("unrecognized REINDEX option \"%s\"", option->defname)));
	}
}

static void
check_reindexed(const GradualRelation *relation, const ReindexStmt *reindex)
{
	if (reindex->kind == REINDEX_OBJECT_INDEX)
		gradual_lookup_check_kind(relation, OBJECT_INDEX);
	else if (relation->relkind != RELKIND_RELATION && relation->relkind != RELKIND_MATVIEW &&
			 relation->relkind != RELKIND_PARTITIONED_TABLE &&
			 relation->relkind != RELKIND_TOASTVALUE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table or materialized view", relation->name)));
	check_reindex_options(reindex->params);
}

/* REINDEX, REFRESH MATERIALIZED VIEW, ..: is there such a relation? */
bool
gradual_rehearse_maintenance(GradualRehearsal *rehearsal, Node *node)
{
	GradualCommand *command = rehearsal->command;
	GradualRelation *relation = NULL;
	List	   *names = NIL;
	ListCell   *lc;

	if (IsA(node, ReindexStmt) && ((ReindexStmt *) node)->relation != NULL)
		names = list_make1(((ReindexStmt *) node)->relation);
	else if (IsA(node, RefreshMatViewStmt))
		names = list_make1(((RefreshMatViewStmt *) node)->relation);
	else if (IsA(node, ClusterStmt) && ((ClusterStmt *) node)->relation != NULL)
		names = list_make1(((ClusterStmt *) node)->relation);
	else if (IsA(node, LockStmt))
		names = ((LockStmt *) node)->relations;
	else if (IsA(node, VacuumStmt))
	{
		foreach(lc, ((VacuumStmt *) node)->rels)
			names = lappend(names, lfirst_node(VacuumRelation, lc)->relation);
	}
	if (IsA(node, VacuumStmt))
		check_columns(rehearsal, (VacuumStmt *) node);
	foreach(lc, names)
	{
		relation = gradual_lookup_find(rehearsal, lfirst_node(RangeVar, lc), false);
		if (!IsA(node, VacuumStmt) && !IsA(node, LockStmt))
			gradual_lookup_check_maintain(relation);
		command->table = relation->table;
		if (relation->table != NULL)
			command->touches = list_append_unique_ptr(command->touches, relation->table);
	}
	if (IsA(node, ReindexStmt) && relation != NULL)
		check_reindexed(relation, (ReindexStmt *) node);
	if (IsA(node, RefreshMatViewStmt))
	{
		if (relation->relkind != RELKIND_MATVIEW)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("\"%s\" is not a materialized view", relation->name)));
		command->refreshable = gradual_facts_refreshable(relation);
		if (((RefreshMatViewStmt *) node)->concurrent && !command->refreshable &&
			!OidIsValid(relation->clone))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("cannot refresh materialized view \"%s\" concurrently",
							gradual_lookup_qualified(relation)),
					 errdetail("It has to have rows already, and a unique index over columns and without WHERE.")));
	}
	return true;
}

/* What later statements cannot depend on, and this one's own run will check. */
bool
gradual_rehearse_nothing(GradualRehearsal *rehearsal, Node *node)
{
	return true;
}

/* SELECT .. INTO t is CREATE TABLE t AS SELECT in other words. */
static bool
select_into(GradualRehearsal *rehearsal, SelectStmt *select)
{
	SelectStmt *leftmost = select;
	CreateTableAsStmt *create;

	while (leftmost->op != SETOP_NONE)
		leftmost = leftmost->larg;
	if (leftmost->intoClause == NULL)
		return false;
	create = makeNode(CreateTableAsStmt);
	create->query = (Node *) select;
	create->into = leftmost->intoClause;
	create->objtype = OBJECT_TABLE;
	create->is_select_into = true;
	leftmost->intoClause = NULL;
	return gradual_rehearse_create_table_as(rehearsal, (Node *) create);
}

/* With the names that hold before the swap, as the sync trigger needs them */
static char *
restore(GradualRehearsal *rehearsal, char *expression)
{
	return gradual_object_naming_respell(rehearsal, gradual_lookup_restore(rehearsal, expression));
}

static void
change_rows(GradualRehearsal *rehearsal, RawStmt *raw)
{
	GradualCommand *command = rehearsal->command;
	GradualChange *change;
	ListCell   *lc;

	change = gradual_change_analyze(raw, rehearsal->script->text, command->table);
	change->where = restore(rehearsal, change->where);
	foreach(lc, change->assignments)
	{
		GradualAssignment *assignment = lfirst(lc);

		assignment->expression = restore(rehearsal, assignment->expression);
	}
	command->change = change;
	check_assigned(change, command->table);
	note_assigned(rehearsal, change, command->table);
}

/* The right to change some column is not that to change each of these. */
static void
check_assigned(const GradualChange *change, const GradualTable *table)
{
	ListCell   *lc;

	if (!OidIsValid(table->oid) || change->assigns == NIL ||
		pg_class_aclcheck(table->oid, GetUserId(), ACL_UPDATE) == ACLCHECK_OK)
		return;
	foreach(lc, change->assigns)
	{
		AttrNumber	number = get_attnum(table->oid, gradual_bridge_original(table, lfirst(lc)));

		if (number != InvalidAttrNumber &&
			pg_attribute_aclcheck(table->oid, number, GetUserId(), ACL_UPDATE) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(table->relkind), table->name);
	}
}

static void
note_column(GradualRehearsal *rehearsal, GradualColumn *column, const GradualChange *change)
{
	GradualColumn *whole = column->of;

	/* what is left of the table above it is no fill of all its rows */
	if (whole != NULL)
	{
		whole->parts = list_append_unique_ptr(whole->parts, rehearsal->command->table);
		whole->filled_below |= change->fill;
	}
	if (column->assigned)
		return;
	column->assigned = true;
	if (!change->fill)
		return;
	column->filled = true;
	column->filled_by = rehearsal->statement->number;
	column->fill_not_null = change->not_null && change->spares_no_null;
}

/* Only the first UPDATE of a column that the script adds can be its fill. */
static void
note_assigned(GradualRehearsal *rehearsal, GradualChange *change, GradualTable *table)
{
	ListCell   *lc,
			   *assigned;

	foreach(lc, table->added)
	{
		GradualColumn *column = lfirst(lc);

		foreach(assigned, change->assigns)
		{
			if (strcmp(lfirst(assigned), column->name) == 0)
				note_column(rehearsal, column, change);
		}
	}
}
