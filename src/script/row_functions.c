/*
 * row_functions.c
 *	  Functions that take or return rows of a table which has a clone.
 *
 * A clone has a row type of its own, which the server takes for another one: no
 * function would be found for it, and none could be replaced.
 *
 * If we crash here nothing is left: all of it is in the rehearsal's
 * subtransaction.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/spi.h"
#include "script/lookup.h"
#include "script/row_functions.h"

/* Those of pg_proc that hold types */
static const AttrNumber type_columns[] = {
	Anum_pg_proc_prorettype, Anum_pg_proc_provariadic,
	Anum_pg_proc_proargtypes, Anum_pg_proc_proallargtypes,
	Anum_pg_proc_proargdefaults
};

/* An oidvector is such an array as well. */
static Datum
exchange_in_list(Datum list, Oid from, Oid to)
{
	ArrayType  *array = DatumGetArrayTypePCopy(list);
	Oid		   *types = (Oid *) ARR_DATA_PTR(array);

	for (int i = 0; i < ARR_DIMS(array)[0]; i++)
	{
		if (types[i] == from)
			types[i] = to;
	}
	return PointerGetDatum(array);
}

/* What a default is does not matter here, only its type. */
static Datum
exchange_in_defaults(Datum defaults, Oid from, Oid to)
{
	List	   *expressions = castNode(List, stringToNode(TextDatumGetCString(defaults)));
	ListCell   *lc;

	foreach(lc, expressions)
	{
		if (exprType(lfirst(lc)) == from)
			lfirst(lc) = makeNullConst(to, -1, InvalidOid);
	}
	return CStringGetTextDatum(nodeToString(expressions));
}

static Datum
exchange_in(AttrNumber column, Datum value, Oid from, Oid to)
{
	switch (column)
	{
		case Anum_pg_proc_proargtypes:
		case Anum_pg_proc_proallargtypes:
			return exchange_in_list(value, from, to);
		case Anum_pg_proc_proargdefaults:
			return exchange_in_defaults(value, from, to);
		default:
			return ObjectIdGetDatum(DatumGetObjectId(value) == from ? to : DatumGetObjectId(value));
	}
}

static void
exchange_type(Relation catalog, Oid function, Oid from, Oid to)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum		values[Natts_pg_proc] = {0};
	bool		nulls[Natts_pg_proc] = {0};
	bool		replaced[Natts_pg_proc] = {0};
	HeapTuple	changed;

	if (!HeapTupleIsValid(tuple))
		return;
	for (int i = 0; i < lengthof(type_columns); i++)
	{
		AttrNumber	column = type_columns[i];
		bool		isnull;
		Datum		value = SysCacheGetAttr(PROCOID, tuple, column, &isnull);

		if (isnull)
			continue;
		values[column - 1] = exchange_in(column, value, from, to);
		replaced[column - 1] = true;
	}
	changed = heap_modify_tuple(tuple, RelationGetDescr(catalog), values, nulls, replaced);
	CatalogTupleUpdate(catalog, &changed->t_self, changed);
	ReleaseSysCache(tuple);
}

/* Functions, each with a column that is of such a type as well. */
static List *
functions_of(Oid from, Oid to)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	List	   *functions;

	gradual_args_oid(&args, OIDOID, from);
	gradual_args_oid(&args, OIDOID, to);
	functions = gradual_spi_rows("WITH d AS (SELECT classid, objid, objsubid FROM pg_depend"
								 " WHERE refclassid = 'pg_type'::regclass AND refobjid IN ($1, $2) AND deptype = 'n')"
								 " SELECT DISTINCT objid, (SELECT min(pg_describe_object(classid, objid, objsubid)) FROM d WHERE classid = 'pg_class'::regclass)"
								 " FROM d WHERE classid = 'pg_proc'::regclass", &args);
	AtEOXact_GUC(true, level);
	return functions;
}

/*
 * Not where a column is of such a type, which stays of the original's: functions that
 * take its values would not be found for them.
 */
static char *
follow_type(Oid from, Oid to)
{
	Relation	catalog = table_open(ProcedureRelationId, RowExclusiveLock);
	char	   *column = NULL;
	ListCell   *lc;

	foreach(lc, functions_of(from, to))
	{
		column = gradual_row_text(lfirst(lc), 2);
		if (column == NULL)
			exchange_type(catalog, gradual_row_oid(lfirst(lc), 1), from, to);
	}
	table_close(catalog, RowExclusiveLock);
	CommandCounterIncrement();
	return column;
}

char *
gradual_row_functions_follow(Oid table, Oid other)
{
	Oid			from = get_rel_type_id(table);
	Oid			to = get_rel_type_id(other);
	char	   *column;
	char	   *array_column;

	if (!OidIsValid(from) || !OidIsValid(to))
		return NULL;

	column = follow_type(from, to);
	array_column = follow_type(get_array_type(from), get_array_type(to));
	return column != NULL ? column : array_column;
}
