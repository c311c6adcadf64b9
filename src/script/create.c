/*
 * create.c
 *	  Rehearsing what creates relations.
 *
 * Each is made in pg_temp, under its own name if that is free there, and noted
 * as standing for the name in the schema where it will be.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/spi.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/constraint.h"
#include "script/gather.h"
#include "script/key_mark.h"
#include "script/lookup.h"
#include "script/member.h"
#include "script/original.h"
#include "script/partition.h"
#include "script/redirect.h"
#include "script/sequence.h"

static GradualRelation *begin_create(GradualRehearsal *rehearsal, RangeVar *name, char relkind,
									 bool if_not_exists);
static void check_default_partition(GradualRehearsal *rehearsal, const GradualRelation *parent,
									const GradualRelation *partition);
static GradualRelation *replaced_view(GradualRehearsal *rehearsal, ViewStmt *create);

/* The real table of which LIKE copies what the option says; NULL = none. */
static GradualRelation *
like_source(GradualRehearsal *rehearsal, TableLikeClause *like, bits32 option)
{
	GradualRelation *source;

	if (!IsA(like, TableLikeClause) || !(like->options & option))
		return NULL;
	source = gradual_lookup_find(rehearsal, like->relation, true);
	if (source == NULL || !OidIsValid(source->oid) ||
		(source->relkind != RELKIND_RELATION && source->relkind != RELKIND_PARTITIONED_TABLE))
		return NULL;
	return source;
}

/*
 * The statistics objects that LIKE copies, on the clones of their tables for as long
 * as the statement runs: a change of a column's type has to find what they became.
 */
static List *
lend_statistics(GradualRehearsal *rehearsal, const CreateStmt *create)
{
	List	   *lent = NIL;
	ListCell   *lc;

	foreach(lc, create->tableElts)
	{
		GradualRelation *source = like_source(rehearsal, lfirst(lc), CREATE_TABLE_LIKE_STATISTICS);

		if (source == NULL)
			continue;
		gradual_clone_ensure(rehearsal, source);
		lent = list_concat(lent, gradual_gather_statistics(rehearsal, source, NULL));
	}
	return lent;
}

static void
take_back(GradualRehearsal *rehearsal, List *statistics)
{
	ListCell   *lc;

	foreach(lc, statistics)
		gradual_clone_run_text(rehearsal, psprintf("DROP STATISTICS pg_temp.%s",
												   quote_identifier(lfirst(lc))));
}

/*
 * LIKE copies no foreign key, but what stands in for one, as the CHECK that it is: its
 * name would be taken for a key of the new table.  Returns what brings them back.
 */
static char *
hide_stand_ins(GradualRehearsal *rehearsal, const CreateStmt *create)
{
	StringInfoData back;
	ListCell   *lc;

	initStringInfo(&back);
	foreach(lc, create->tableElts)
	{
		GradualRelation *source = like_source(rehearsal, lfirst(lc), CREATE_TABLE_LIKE_CONSTRAINTS);

		if (source != NULL && OidIsValid(source->clone))
			appendStringInfoString(&back, gradual_constraint_drop_stand_ins(rehearsal, source));
	}
	return back.data;
}

/* Those that could not be hidden, since they are a parent's. */
static void
drop_copied_stand_ins(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	ListCell   *lc;

	foreach(lc, gradual_catalog_constraints(relation->clone))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));

		if (constraint->conislocal && OidIsValid(gradual_key_mark_of(constraint->oid)))
			gradual_clone_run_text(rehearsal, psprintf("ALTER TABLE pg_temp.%s DROP CONSTRAINT %s",
													   quote_identifier(relation->clone_name),
													   quote_identifier(NameStr(constraint->conname))));
	}
}

bool
gradual_rehearse_create_table(GradualRehearsal *rehearsal, Node *node)
{
	CreateStmt *create = (CreateStmt *) node;
	GradualRelation *relation;
	GradualRelation *parent = NULL;
	List	   *lent;
	char	   *hidden;
	ListCell   *lc;

	if (create->oncommit != ONCOMMIT_NOOP &&
		create->relation->relpersistence != RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("ON COMMIT can only be used on temporary tables")));
	relation = begin_create(rehearsal, create->relation,
							create->partspec ? RELKIND_PARTITIONED_TABLE : RELKIND_RELATION,
							create->if_not_exists);
	if (relation == NULL)
		return true;
	lent = lend_statistics(rehearsal, create);
	hidden = hide_stand_ins(rehearsal, create);
	gradual_redirect_elements(rehearsal, create->tableElts);
	gradual_redirect_elements(rehearsal, create->constraints);
	foreach(lc, create->inhRelations)
	{
		parent = gradual_redirect_relation(rehearsal, lfirst(lc));
		gradual_lookup_check_owner(parent);
	}
	if (create->partspec != NULL)
	{
		foreach(lc, create->partspec->partParams)
			gradual_redirect(rehearsal, ((PartitionElem *) lfirst(lc))->expr);
	}
	gradual_redirect(rehearsal, (Node *) create->ofTypename);
	gradual_clone_run(rehearsal, node);
	gradual_clone_created(rehearsal, relation);
	gradual_sequence_created(rehearsal, relation,
							 ((CreateStmt *) rehearsal->statement->node)->tableElts);
	take_back(rehearsal, lent);
	gradual_clone_run_text(rehearsal, hidden);
	drop_copied_stand_ins(rehearsal, relation);
	if (create->partbound != NULL)
		gradual_original_check_bound(rehearsal, parent, relation->name, create->partbound);
	if (create->partbound != NULL)
		check_default_partition(rehearsal, parent, relation);
	return true;
}

/* A view of the same query depends on them, for a moment. */
static List *
columns_read(GradualRehearsal *rehearsal, Node *query)
{
	char	   *name = gradual_lookup_free(rehearsal, "_gradual_reads");
	ViewStmt   *view = makeNode(ViewStmt);
	GradualArgs args = {0};
	List	   *rows;
	List	   *result = NIL;
	ListCell   *lc;
	int			level;

	view->view = makeRangeVar(pstrdup(GRADUAL_CLONE_SCHEMA), name, -1);
	view->query = copyObject(query);
	gradual_clone_run(rehearsal, (Node *) view);
	gradual_args_oid(&args, OIDOID, get_relname_relid(name, rehearsal->temp));
	level = gradual_lookup_pin_path();
	rows = gradual_spi_rows("SELECT DISTINCT d.refobjid, a.attname::pg_catalog.text FROM pg_catalog.pg_rewrite r"
							" JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid"
							" JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
							" WHERE r.ev_class = $1 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
							" AND d.refobjid <> $1 AND d.refobjsubid > 0", &args);
	AtEOXact_GUC(true, level);
	foreach(lc, rows)
	{
		GradualColumnRead *read = palloc(sizeof(GradualColumnRead));

		read->relation = gradual_row_oid(lfirst(lc), 1);
		read->column = gradual_row_text(lfirst(lc), 2);
		result = lappend(result, read);
	}
	gradual_clone_run_text(rehearsal, psprintf("DROP VIEW pg_temp.%s", quote_identifier(name)));
	return result;
}

/*
 * The query is analysed, not run.  A materialized view becomes a plain table:
 * the server refuses one over temporary tables, and nothing that later
 * statements do to it tells the two apart, but that it depends on what it reads.
 */
bool
gradual_rehearse_create_table_as(GradualRehearsal *rehearsal, Node *node)
{
	CreateTableAsStmt *create = (CreateTableAsStmt *) node;
	bool		matview = create->objtype == OBJECT_MATVIEW;
	GradualRelation *relation;

	if (IsA(create->query, ExecuteStmt))
		return false;
	relation = begin_create(rehearsal, create->into->rel,
							matview ? RELKIND_MATVIEW : RELKIND_RELATION,
							create->if_not_exists);
	if (relation == NULL)
		return true;
	gradual_redirect(rehearsal, create->query);
	if (!create->into->skipData)
		gradual_lookup_check_reads(rehearsal);
	if (matview)
		relation->reads = columns_read(rehearsal, create->query);
	create->objtype = OBJECT_TABLE;
	create->into->skipData = true;
	gradual_clone_run(rehearsal, node);
	gradual_clone_created(rehearsal, relation);
	return true;
}

static int
count_columns(Oid relid)
{
	Relation	rel = relation_open(relid, NoLock);
	int			columns = RelationGetNumberOfAttributes(rel);

	relation_close(rel, NoLock);
	return columns;
}

/*
 * Does anything but its own parts depend on the view that was there before?  What
 * the script drops counts, since it goes in the swap.
 */
static bool
is_depended_on(GradualRehearsal *rehearsal, const GradualRelation *view)
{
	ObjectAddress address;
	ListCell   *lc;

	if (!OidIsValid(view->oid))
		return false;
	ObjectAddressSet(address, RelationRelationId, view->oid);
	foreach(lc, gradual_catalog_dependencies(&address))
	{
		Form_pg_depend dependency = lfirst(lc);
		ObjectAddress dependent;

		ObjectAddressSubSet(dependent, dependency->classid, dependency->objid, dependency->objsubid);
		if (dependency->deptype == DEPENDENCY_NORMAL &&
			gradual_member_identify(rehearsal, &dependent)->relation != view->oid)
			return true;
	}
	return false;
}

bool
gradual_rehearse_create_view(GradualRehearsal *rehearsal, Node *node)
{
	ViewStmt   *create = (ViewStmt *) node;
	GradualRelation *relation = replaced_view(rehearsal, create);
	bool		is_replaced = relation != NULL;
	int			columns;

	if (relation == NULL)
		relation = begin_create(rehearsal, create->view, RELKIND_VIEW, false);
	else
		gradual_redirect_created(relation, create->view);
	columns = is_replaced ? count_columns(relation->clone) : 0;
	gradual_redirect(rehearsal, create->query);
	gradual_clone_run(rehearsal, node);
	gradual_clone_created(rehearsal, relation);
	rehearsal->command->replaces_own = is_replaced && !OidIsValid(relation->oid);
	rehearsal->command->adds_column = is_replaced && count_columns(relation->clone) > columns;
	rehearsal->command->stays_wide = rehearsal->command->adds_column &&
		is_depended_on(rehearsal, relation);
	return true;
}

bool
gradual_rehearse_create_sequence(GradualRehearsal *rehearsal, Node *node)
{
	CreateSeqStmt *create = (CreateSeqStmt *) node;
	GradualRelation *relation;

	relation = begin_create(rehearsal, create->sequence, RELKIND_SEQUENCE,
							create->if_not_exists);
	if (relation == NULL)
		return true;
	gradual_redirect_owned_by(rehearsal, create->options);
	gradual_clone_run(rehearsal, node);
	gradual_clone_created(rehearsal, relation);
	return true;
}

/*
 * As ChooseExtendedStatisticName() does in the schema of the table: in that of its
 * clone other names are taken, and the clone may be called otherwise.
 */
static List *
choose_statistics_name(const GradualRelation *relation, List *elements)
{
	StringInfoData columns;
	char	   *label = pstrdup("stat");
	char	   *name;
	int			number = 0;
	ListCell   *lc;

	initStringInfo(&columns);
	foreach(lc, elements)
	{
		const char *column = lfirst_node(StatsElem, lc)->name;

		appendStringInfo(&columns, "%s%s", columns.len > 0 ? "_" : "",
						 column != NULL ? column : "expr");
		if (columns.len >= NAMEDATALEN)
			break;
	}
	while (name = makeObjectName(relation->name, columns.data, label),
		   SearchSysCacheExists2(STATEXTNAMENSP, CStringGetDatum(name),
								 ObjectIdGetDatum(relation->schema)))
		label = psprintf("stat%d", ++number);
	return list_make2(makeString(get_namespace_name(relation->schema)), makeString(name));
}

/* The object itself is made where it belongs; it locks nothing but the clone. */
bool
gradual_rehearse_create_statistics(GradualRehearsal *rehearsal, Node *node)
{
	CreateStatsStmt *create = (CreateStatsStmt *) node;
	GradualRelation *relation;
	ListCell   *lc;

	if (list_length(create->relations) != 1 || !IsA(linitial(create->relations), RangeVar))
		return false;
	gradual_lookup_check_owner(gradual_lookup_find(rehearsal, linitial(create->relations), false));
	relation = gradual_redirect_relation(rehearsal, linitial(create->relations));
	rehearsal->command->table = relation->table;
	rehearsal->command->touches = NIL;
	foreach(lc, create->exprs)
		gradual_redirect(rehearsal, lfirst_node(StatsElem, lc)->expr);
	if (create->defnames == NIL)
		create->defnames = choose_statistics_name(relation, create->exprs);
	gradual_clone_run(rehearsal, node);
	return true;
}

bool
gradual_rehearse_create_schema(GradualRehearsal *rehearsal, Node *node)
{
	CreateSchemaStmt *create = (CreateSchemaStmt *) node;

	if (create->schemaElts != NIL)
		gradual_script_refuse(rehearsal->statement, "CREATE SCHEMA with elements", NULL,
							  "Write each of its elements as a statement of its own.");
	gradual_clone_run(rehearsal, node);
	return true;
}

/* The clone is temporary, as any of them can be. */
static void
check_persistence(const RangeVar *name, char relkind)
{
	if (name->relpersistence != RELPERSISTENCE_UNLOGGED)
		return;
	if (relkind == RELKIND_VIEW)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("views cannot be unlogged because they do not have storage")));
	if (relkind == RELKIND_MATVIEW)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("materialized views cannot be unlogged")));
	if (relkind == RELKIND_PARTITIONED_TABLE && !GRADUAL_HAS_PARTITIONED_UNLOGGED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("partitioned tables cannot be unlogged")));
}

/*
 * Note what a statement creates, and point the statement at the clone's name.
 * NULL: it exists, and IF NOT EXISTS makes the statement do nothing.
 */
static GradualRelation *
begin_create(GradualRehearsal *rehearsal, RangeVar *name, char relkind, bool if_not_exists)
{
	GradualCommand *command = rehearsal->command;
	GradualRelation *relation;
	Oid			schema;

	if (if_not_exists)
	{
		schema = gradual_lookup_creation_schema(rehearsal, name);
		relation = gradual_lookup_find_in(rehearsal, schema, name->relname);
		if (relation != NULL)
		{
			command->table = relation->table;
			command->noop = true;
			return NULL;
		}
	}
	check_persistence(name, relkind);
	relation = gradual_lookup_create(rehearsal, name, relkind);
	command->table = relation->table;
	gradual_redirect_created(relation, name);
	return relation;
}

/*
 * Rows of the new partition may be in the default one, which is locked, and
 * gone through unless a constraint of its own says that there are none.
 */
static void
check_default_partition(GradualRehearsal *rehearsal, const GradualRelation *parent,
						const GradualRelation *partition)
{
	GradualCommand *command = rehearsal->command;
	GradualRelation *other = gradual_partition_default(rehearsal, parent);

	if (other == NULL || other->table == NULL)
		return;
	command->touches = list_append_unique_ptr(command->touches, other->table);
	if (!gradual_partition_is_proved(rehearsal, other->oid, partition->clone, true))
		command->checks = other->table;
}

/* The view that CREATE OR REPLACE finds, with a clone to replace. */
static GradualRelation *
replaced_view(GradualRehearsal *rehearsal, ViewStmt *create)
{
	GradualRelation *relation;
	Oid			schema;

	check_persistence(create->view, RELKIND_VIEW);
	if (!create->replace)
		return NULL;
	schema = gradual_lookup_creation_schema(rehearsal, create->view);
	relation = gradual_lookup_find_in(rehearsal, schema, create->view->relname);
	if (relation == NULL)
		return NULL;
	gradual_lookup_check_kind(relation, OBJECT_VIEW);
	gradual_lookup_check_owner(relation);
	gradual_clone_ensure(rehearsal, relation);
	rehearsal->command->table = relation->table;
	return relation;
}
