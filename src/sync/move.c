/*
 * move.c
 *	  What a swap of columns cannot say in SQL.
 *
 * What was said about a column or an index, here and in partitions, goes over as
 * it is at that moment.  An identity can only be dropped and made anew in SQL,
 * with another sequence, whose grants and comment are lost; in the catalog it
 * is a mark of the column, and one dependency of the sequence.
 *
 * If we crash here nothing has happened: it is part of the swap's transaction.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/cluster.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "commands/tablecmds.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/texts.h"

PG_FUNCTION_INFO_V1(gradual_move_identity);
PG_FUNCTION_INFO_V1(gradual_move_marks);
PG_FUNCTION_INFO_V1(gradual_replace_index);
PG_FUNCTION_INFO_V1(gradual_constrain_index);

static void
check_owner(Oid table)
{
	if (!object_ownercheck(RelationRelationId, table, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(table)),
					   get_rel_name(table));
}

/*
 * Whoever calls it: the table is locked already where a swap does.  Before the
 * lock, who may not alter a table must not hold up others.  The catalog's own
 * tables are not altered by anybody.
 */
static void
lock_as_owner(Oid table)
{
	char		kind = get_rel_relkind(table);

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation with OID %u is not a table", table)));
	check_owner(table);
	if (!allowSystemTableMods && IsCatalogRelationOid(table))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied: \"%s\" is a system catalog", get_rel_name(table))));
	LockRelationOid(table, AccessExclusiveLock);
	check_owner(table);
}

static Oid
table_of_index(Oid index)
{
	char		kind = get_rel_relkind(index);

	if (kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation with OID %u is not an index", index)));
	return IndexGetRelation(index, false);
}

/* Set the mark of a column; returns what it was. */
static char
mark_identity(Oid table, const char *column, char identity)
{
	Relation	attributes = table_open(AttributeRelationId, RowExclusiveLock);
	HeapTuple	tuple = SearchSysCacheCopyAttName(table, column);
	Form_pg_attribute attribute;
	char		before;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						column, get_rel_name(table))));
	attribute = (Form_pg_attribute) GETSTRUCT(tuple);
	before = attribute->attidentity;
	attribute->attidentity = identity;
	CatalogTupleUpdate(attributes, &tuple->t_self, tuple);
	heap_freetuple(tuple);
	table_close(attributes, RowExclusiveLock);
	return before;
}

/* The sequence that belongs to an identity column of the table. */
static void
move_sequence(Oid table, AttrNumber from, AttrNumber to)
{
	Relation	dependencies = table_open(DependRelationId, RowExclusiveLock);
	ScanKeyData key[3];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(table));
	ScanKeyInit(&key[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(from));
	scan = systable_beginscan(dependencies, DependReferenceIndexId, true, NULL, 3, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dependency = (Form_pg_depend) GETSTRUCT(tuple);

		if (dependency->classid != RelationRelationId ||
			dependency->deptype != DEPENDENCY_INTERNAL ||
			get_rel_relkind(dependency->objid) != RELKIND_SEQUENCE)
			continue;
		tuple = heap_copytuple(tuple);
		((Form_pg_depend) GETSTRUCT(tuple))->refobjsubid = to;
		CatalogTupleUpdate(dependencies, &tuple->t_self, tuple);
		heap_freetuple(tuple);
	}
	systable_endscan(scan);
	table_close(dependencies, RowExclusiveLock);
}

/* Anybody may call it who owns the table, so it makes nothing that SQL could not. */
static void
check_target(Relation rel, const char *column)
{
	AttrNumber	number = get_attnum(RelationGetRelid(rel), column);
	Form_pg_attribute attribute;

	if (number > 0)
	{
		attribute = TupleDescAttr(RelationGetDescr(rel), number - 1);
		if (!attribute->atthasdef && attribute->attidentity == '\0' &&
			(attribute->atttypid == INT2OID || attribute->atttypid == INT4OID ||
			 attribute->atttypid == INT8OID))
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("column \"%s\" of relation \"%s\" cannot be an identity column",
					column, RelationGetRelationName(rel)),
			 errdetail("It has to be an integer without a default.")));
}

/* A partition has its mark from 17 on, and no sequence of its own. */
static void
move_in_partitions(Oid table, const char *from, const char *to, char identity)
{
	ListCell   *lc;

	foreach(lc, find_all_inheritors(table, AccessExclusiveLock, NULL))
	{
		Oid			partition = lfirst_oid(lc);

		if (partition == table || mark_identity(partition, from, '\0') == '\0')
			continue;
		(void) mark_identity(partition, to, identity);
		CacheInvalidateRelcacheByRelid(partition);
	}
}

/* --- what was said about a column --- */

/* 'column' of the catalog, as the one has it, for the other. */
static Datum
take(HeapTuple source, AttrNumber column, Datum *values, bool *nulls, bool *replaces)
{
	values[column - 1] = SysCacheGetAttr(ATTNUM, source, column, &nulls[column - 1]);
	replaces[column - 1] = true;
	return values[column - 1];
}

/* Those for n_distinct, or the others. */
static ArrayBuildState *
add_options(ArrayBuildState *options, HeapTuple attribute, bool distinct)
{
	bool		isnull;
	Datum		array = SysCacheGetAttr(ATTNUM, attribute, Anum_pg_attribute_attoptions, &isnull);
	ListCell   *lc;

	foreach(lc, isnull ? NIL : gradual_texts_of_array(DatumGetArrayTypeP(array)))
	{
		if ((strncmp(lfirst(lc), "n_distinct", strlen("n_distinct")) == 0) == distinct)
			options = accumArrayResult(options, CStringGetTextDatum(lfirst(lc)), false, TEXTOID,
									   CurrentMemoryContext);
	}
	return options;
}

/*
 * What else there is among the options is the column's own: some releases keep
 * there since when there is such a column.
 */
static void
take_options(HeapTuple source, HeapTuple target, Datum *values, bool *nulls, bool *replaces)
{
	ArrayBuildState *options = add_options(add_options(NULL, target, false), source, true);
	int			column = Anum_pg_attribute_attoptions - 1;

	nulls[column] = options == NULL;
	if (options != NULL)
		values[column] = makeArrayResult(options, CurrentMemoryContext);
	replaces[column] = true;
}

/* Grants, and how it is analyzed. */
static void
move_settings(Relation rel, AttrNumber from, AttrNumber to)
{
	Relation	attributes = table_open(AttributeRelationId, RowExclusiveLock);
	Oid			relid = RelationGetRelid(rel);
	HeapTuple	source = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(from));
	HeapTuple	target = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(to));
	Datum		values[Natts_pg_attribute] = {0};
	bool		nulls[Natts_pg_attribute] = {false};
	bool		replaces[Natts_pg_attribute] = {false};
	Datum		grants = take(source, Anum_pg_attribute_attacl, values, nulls, replaces);
	Oid		   *members;
	int			nmembers;

	(void) take(source, Anum_pg_attribute_attstattarget, values, nulls, replaces);
	take_options(source, target, values, nulls, replaces);
	CatalogTupleUpdate(attributes, &target->t_self,
					   heap_modify_tuple(target, RelationGetDescr(attributes), values, nulls,
										 replaces));
	if (!nulls[Anum_pg_attribute_attacl - 1])
	{
		nmembers = aclmembers(DatumGetAclP(grants), &members);
		updateAclDependencies(RelationRelationId, relid, to, rel->rd_rel->relowner, 0, NULL,
							  nmembers, members);
	}
	ReleaseSysCache(source);
	ReleaseSysCache(target);
	table_close(attributes, RowExclusiveLock);
}

static void
move_comment(Oid catalog, Oid from, int from_part, Oid to, int to_part)
{
	char	   *comment = GetComment(from, catalog, from_part);

	if (comment != NULL)
		CreateComments(to, catalog, to_part, comment);
}

/*
 * An index has its columns' names from when it was built, and psql's \d shows
 * them: 'n', 'n1' for a second one.  It gets those that it would have had over the
 * other column.
 */
static void
name_index_columns(Relation rel, const char *from, const char *to)
{
	Relation	attributes = table_open(AttributeRelationId, RowExclusiveLock);
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Oid			index = lfirst_oid(lc);
		AttrNumber	number;
		HeapTuple	tuple;

		LockRelationOid(index, AccessExclusiveLock);
		for (number = 1; (tuple = SearchSysCacheCopyAttNum(index, number)) != NULL; number++)
		{
			NameData   *name = &((Form_pg_attribute) GETSTRUCT(tuple))->attname;
			char	   *rest = NameStr(*name) + strlen(to);
			char	   *better;

			if (strncmp(NameStr(*name), to, strlen(to)) != 0 ||
				strspn(rest, "0123456789") != strlen(rest))
				continue;
			better = psprintf("%s%s", from, rest);
			if (SearchSysCacheExistsAttName(index, better))
				continue;
			namestrcpy(name, better);
			CatalogTupleUpdate(attributes, &tuple->t_self, tuple);
			CommandCounterIncrement();
		}
	}
	table_close(attributes, RowExclusiveLock);
}

/* gradual.move_marks(relation regclass, "from" text, "to" text): in partitions, too */
Datum
gradual_move_marks(PG_FUNCTION_ARGS)
{
	char	   *from = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *to = text_to_cstring(PG_GETARG_TEXT_PP(2));
	ListCell   *lc;

	lock_as_owner(PG_GETARG_OID(0));
	foreach(lc, find_all_inheritors(PG_GETARG_OID(0), AccessExclusiveLock, NULL))
	{
		Relation	rel = table_open(lfirst_oid(lc), NoLock);
		AttrNumber	source = get_attnum(lfirst_oid(lc), from);
		AttrNumber	target = get_attnum(lfirst_oid(lc), to);

		if (source > 0 && target > 0)
		{
			move_settings(rel, source, target);
			move_comment(RelationRelationId, lfirst_oid(lc), source, lfirst_oid(lc), target);
			name_index_columns(rel, from, to);
		}
		table_close(rel, NoLock);
	}
	PG_RETURN_VOID();
}

/* --- what was said about an index --- */

static void
exchange_names(Oid one, Oid other)
{
	char	   *name = get_rel_name(one);
	char	   *other_name = get_rel_name(other);

	RenameRelationInternal(one, ChooseRelationName("_gradual", "exchange", "name",
												   get_rel_namespace(one), false),
						   false, true);
	CommandCounterIncrement();
	RenameRelationInternal(other, name, false, true);
	CommandCounterIncrement();
	RenameRelationInternal(one, other_name, false, true);
	CommandCounterIncrement();
}

/* The column of an index: by number, since its name says nothing. */
static void
move_statistics_target(Relation attributes, Oid from, Oid to, AttrNumber number)
{
	HeapTuple	source = SearchSysCache2(ATTNUM, ObjectIdGetDatum(from), Int16GetDatum(number));
	HeapTuple	target = SearchSysCache2(ATTNUM, ObjectIdGetDatum(to), Int16GetDatum(number));
	Datum		values[Natts_pg_attribute] = {0};
	bool		nulls[Natts_pg_attribute] = {false};
	bool		replaces[Natts_pg_attribute] = {false};

	if (HeapTupleIsValid(source) && HeapTupleIsValid(target))
	{
		replaces[Anum_pg_attribute_attstattarget - 1] = true;
		values[Anum_pg_attribute_attstattarget - 1] =
			SysCacheGetAttr(ATTNUM, source, Anum_pg_attribute_attstattarget,
							&nulls[Anum_pg_attribute_attstattarget - 1]);
		CatalogTupleUpdate(attributes, &target->t_self,
						   heap_modify_tuple(target, RelationGetDescr(attributes), values, nulls,
											 replaces));
	}
	if (HeapTupleIsValid(source))
		ReleaseSysCache(source);
	if (HeapTupleIsValid(target))
		ReleaseSysCache(target);
}

/* The comment is that of the whole, also of the parts where the server gives it to them. */
static void
replace_index(Oid whole, Oid from, Oid to)
{
	Relation	table = table_open(IndexGetRelation(from, false), AccessExclusiveLock);
	Relation	index = index_open(from, NoLock);
	Relation	attributes = table_open(AttributeRelationId, RowExclusiveLock);
	bool		clustered = index->rd_index->indisclustered;

	for (int i = 1; i <= RelationGetNumberOfAttributes(index); i++)
		move_statistics_target(attributes, from, to, i);
	index_close(index, NoLock);
	table_close(attributes, RowExclusiveLock);
	CommandCounterIncrement();

	if (from == whole || GRADUAL_PARTS_GET_COMMENT)
		move_comment(RelationRelationId, whole, 0, to, 0);
	if (clustered)
		mark_index_clustered(table, to, false);
	CommandCounterIncrement();
	exchange_names(from, to);
	table_close(table, NoLock);
}

/*
 * gradual.replace_index("from" regclass, "to" regclass): the indexes of
 * partitions, too, each of which belongs to one of the two.
 */
Datum
gradual_replace_index(PG_FUNCTION_ARGS)
{
	Oid			from = PG_GETARG_OID(0);
	Oid			to = PG_GETARG_OID(1);
	List	   *parts;
	ListCell   *lf,
			   *lt;

	lock_as_owner(table_of_index(from));
	if (table_of_index(from) != table_of_index(to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("indexes \"%s\" and \"%s\" are on different tables",
						get_rel_name(from), get_rel_name(to))));
	LockRelationOid(from, AccessExclusiveLock);
	LockRelationOid(to, AccessExclusiveLock);
	parts = find_all_inheritors(to, AccessExclusiveLock, NULL);
	foreach(lf, find_all_inheritors(from, AccessExclusiveLock, NULL))
	{
		foreach(lt, parts)
		{
			if (IndexGetRelation(lfirst_oid(lf), false) == IndexGetRelation(lfirst_oid(lt), false))
				replace_index(from, lfirst_oid(lf), lfirst_oid(lt));
		}
	}
	PG_RETURN_VOID();
}

/* --- a constraint with an index --- */

/* It refuses what ADD CONSTRAINT .. USING INDEX would. */
static void
check_index(Relation table, Relation index, IndexInfo *info, bool is_primary)
{
	IndexStmt  *statement = makeNode(IndexStmt);

	if (!info->ii_Unique || info->ii_Expressions != NIL || info->ii_Predicate != NIL ||
		!index->rd_index->indisvalid ||
		OidIsValid(get_index_constraint(RelationGetRelid(index))))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index \"%s\" cannot become that of a constraint",
						RelationGetRelationName(index)),
				 errdetail("It has to be unique and valid, without expressions, predicate and constraint.")));
	if (!is_primary)
		return;
	statement->primary = true;
	statement->nulls_not_distinct = info->ii_NullsNotDistinct;
	index_check_primary_key(table, info, true, statement);
}

/* Each part of an index gets a part of the constraint, as where the server makes both. */
static void
constrain_index(Oid relid, Oid parent, bool is_primary, bits16 flags)
{
	Relation	table = table_open(IndexGetRelation(relid, false), AccessExclusiveLock);
	Relation	index = index_open(relid, AccessExclusiveLock);
	IndexInfo  *info = BuildIndexInfo(index);
	ObjectAddress constraint;
	ListCell   *lc;

	check_index(table, index, info, is_primary);
	constraint = index_constraint_create(table, relid, parent, info,
										 RelationGetRelationName(index),
										 is_primary ? CONSTRAINT_PRIMARY : CONSTRAINT_UNIQUE,
										 flags, false, true);
	index_close(index, NoLock);
	table_close(table, NoLock);
	CommandCounterIncrement();
	foreach(lc, find_inheritance_children(relid, AccessExclusiveLock))
		constrain_index(lfirst_oid(lc), constraint.objectId, is_primary, flags);
}

/*
 * gradual.constrain_index(index regclass, is_primary, is_deferrable,
 * initially_deferred boolean): ADD CONSTRAINT .. USING INDEX, which the server
 * does not have for partitioned tables.
 */
Datum
gradual_constrain_index(PG_FUNCTION_ARGS)
{
	Oid			index = PG_GETARG_OID(0);
	bool		is_primary = PG_GETARG_BOOL(1);
	bits16		flags = INDEX_CONSTR_CREATE_UPDATE_INDEX | INDEX_CONSTR_CREATE_REMOVE_OLD_DEPS;

	lock_as_owner(table_of_index(index));
	if (is_primary)
		flags |= INDEX_CONSTR_CREATE_MARK_AS_PRIMARY;
	if (PG_GETARG_BOOL(2))
		flags |= INDEX_CONSTR_CREATE_DEFERRABLE;
	if (PG_GETARG_BOOL(3))
		flags |= INDEX_CONSTR_CREATE_INIT_DEFERRED;
	if (get_rel_relispartition(index))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index \"%s\" is part of another one", get_rel_name(index))));
	constrain_index(index, InvalidOid, is_primary, flags);
	PG_RETURN_VOID();
}

/* --- an identity --- */

/* gradual.move_identity(relation regclass, "from" text, "to" text) */
Datum
gradual_move_identity(PG_FUNCTION_ARGS)
{
	Oid			table = PG_GETARG_OID(0);
	char	   *from = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *to = text_to_cstring(PG_GETARG_TEXT_PP(2));
	Relation	rel;
	char		identity;

	lock_as_owner(table);
	rel = table_open(table, NoLock);
	check_target(rel, to);
	identity = mark_identity(table, from, '\0');
	if (identity == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("column \"%s\" of relation \"%s\" is not an identity column",
						from, RelationGetRelationName(rel))));
	(void) mark_identity(table, to, identity);
	move_in_partitions(table, from, to, identity);
	move_sequence(table, get_attnum(table, from), get_attnum(table, to));
	CacheInvalidateRelcache(rel);
	table_close(rel, NoLock);
	PG_RETURN_VOID();
}
