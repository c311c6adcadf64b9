/*
 * catalog.c
 *	  What the catalog says of an object.
 *
 * The rows are copied, so that whoever goes through them may look up others.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/ident.h"
#include "base/identity.h"
#include "base/spi.h"
#include "script/catalog.h"

List *
gradual_catalog_dependencies(const ObjectAddress *object)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	List	   *dependencies = NIL;
	ScanKeyData key[3];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(object->classId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(object->objectId));
	ScanKeyInit(&key[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber,
				F_INT4EQ, Int32GetDatum(object->objectSubId));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL,
							  object->objectSubId != 0 ? 3 : 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dependency = (Form_pg_depend) GETSTRUCT(tuple);

		/* a column of the relation itself */
		if (dependency->classid != object->classId || dependency->objid != object->objectId)
			dependencies = lappend(dependencies, GETSTRUCT(heap_copytuple(tuple)));
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return dependencies;
}

/* Those that have the table in a column of pg_constraint, which an index may serve. */
static List *
find_constraints(AttrNumber column, Oid table, Oid index)
{
	Relation	constraints = table_open(ConstraintRelationId, AccessShareLock);
	List	   *found = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
	scan = systable_beginscan(constraints, index, OidIsValid(index), NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		found = lappend(found, heap_copytuple(tuple));
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	return found;
}

List *
gradual_catalog_constraints(Oid table)
{
	return find_constraints(Anum_pg_constraint_conrelid, table, ConstraintRelidTypidNameIndexId);
}

Form_pg_constraint
gradual_catalog_not_null(Oid table, const char *column)
{
	ListCell   *lc;

	foreach(lc, gradual_catalog_constraints(table))
	{
		HeapTuple	tuple = lfirst(lc);
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);

		if (constraint->contype == GRADUAL_CONSTRAINT_NOT_NULL &&
			strcmp(linitial(gradual_catalog_constraint_columns(tuple)), column) == 0)
			return constraint;
	}
	return NULL;
}

List *
gradual_catalog_keys_to(Oid table)
{
	return find_constraints(Anum_pg_constraint_confrelid, table, InvalidOid);
}

static List *
add_address(List *addresses, Oid catalog, Oid object)
{
	ObjectAddress *address = palloc(sizeof(ObjectAddress));

	ObjectAddressSet(*address, catalog, object);
	return lappend(addresses, address);
}

List *
gradual_catalog_parts_of_column(Oid table, AttrNumber column)
{
	List	   *parts = NIL;
	ObjectAddress of;
	ListCell   *lc;

	ObjectAddressSubSet(of, RelationRelationId, table, column);
	foreach(lc, gradual_catalog_dependencies(&of))
	{
		Form_pg_depend dependency = lfirst(lc);
		bool		constrains = dependency->classid == ConstraintRelationId;
		Oid			index = constrains ? get_constraint_index(dependency->objid) : dependency->objid;

		if (dependency->deptype != DEPENDENCY_AUTO ||
			(!constrains && dependency->classid != RelationRelationId))
			continue;
		if (constrains)
			parts = add_address(parts, ConstraintRelationId, dependency->objid);

		/* that of a foreign key is at its other end, and a sequence is none */
		if (OidIsValid(index) && IndexGetRelation(index, true) == table &&
			(!constrains || get_index_constraint(index) == dependency->objid))
			parts = add_address(parts, RelationRelationId, index);
	}
	return parts;
}

char
gradual_catalog_constraint_type(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	char		type;

	if (!HeapTupleIsValid(tuple))
		return '\0';
	type = ((Form_pg_constraint) GETSTRUCT(tuple))->contype;
	ReleaseSysCache(tuple);
	return type;
}

List *
gradual_catalog_constraint_columns(HeapTuple constraint)
{
	Oid			table = ((Form_pg_constraint) GETSTRUCT(constraint))->conrelid;
	bool		isnull;
	Datum		keys = SysCacheGetAttr(CONSTROID, constraint, Anum_pg_constraint_conkey, &isnull);
	List	   *names = NIL;
	Datum	   *numbers;
	int			count;

	if (isnull)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(keys), INT2OID, sizeof(int16), true, TYPALIGN_SHORT,
					  &numbers, NULL, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *name = get_attname(table, DatumGetInt16(numbers[i]), true);

		if (name != NULL)
			names = lappend(names, name);
	}
	return names;
}

char *
gradual_catalog_sequence_options(Oid sequence, char **type)
{
	HeapTuple	tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	Form_pg_sequence form;
	char	   *options;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for sequence %u", sequence);
	form = (Form_pg_sequence) GETSTRUCT(tuple);
	*type = format_type_be(form->seqtypid);
	options = psprintf("INCREMENT BY " INT64_FORMAT " MINVALUE " INT64_FORMAT " MAXVALUE " INT64_FORMAT
					   " START WITH " INT64_FORMAT " CACHE " INT64_FORMAT "%s",
					   form->seqincrement, form->seqmin, form->seqmax, form->seqstart,
					   form->seqcache, form->seqcycle ? " CYCLE" : "");
	ReleaseSysCache(tuple);
	return options;
}

char *
gradual_catalog_other_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner == GetUserId() ? NULL :
		pstrdup(quote_identifier(GetUserNameFromId(owner, false)));
}

List *
gradual_catalog_leaves(Oid table)
{
	List	   *leaves = NIL;
	ListCell   *lc;

	foreach(lc, OidIsValid(table) ? find_all_inheritors(table, NoLock, NULL) : NIL)
	{
		if (get_rel_relkind(lfirst_oid(lc)) != RELKIND_PARTITIONED_TABLE)
			leaves = lappend(leaves, gradual_ident_qualified(lfirst_oid(lc)));
	}
	return leaves;
}

/* Of attoptions no others: the server may keep there what it alone can set. */
List *
gradual_catalog_analyzed(Oid table, const char *column)
{
	GradualArgs args = {0};
	int			level = gradual_identity_pin_reading();
	List	   *rows;

	gradual_args_oid(&args, OIDOID, table);
	gradual_args_text(&args, column);
	rows = gradual_spi_rows("SELECT a.attname, x.setting FROM pg_attribute a, LATERAL ("
							"SELECT 1, 'STATISTICS ' || a.attstattarget WHERE a.attstattarget >= 0"
							" UNION ALL SELECT 2, '(' || string_agg(o, ', ') || ')' FROM unnest(a.attoptions) o WHERE o LIKE 'n\\_distinct%' HAVING count(*) > 0"
							") x (n, setting) WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped"
							" AND ($2 IS NULL OR a.attname = $2::name) ORDER BY a.attnum, x.n",
							&args);
	gradual_identity_unpin(level);
	return rows;
}
