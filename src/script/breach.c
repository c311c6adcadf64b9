/*
 * breach.c
 *	  Which rows violate a constraint: as SQL, to be run when it has failed.
 *
 * The texts are made with search_path = pg_catalog and name the real tables.
 * The smallest keys are named, so that they are the same ones each time.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/ident.h"
#include "script/catalog.h"
#include "script/lookup.h"
#include "script/breach.h"

/* As many rows are named at most. */
#define NAMED 5

static char *count_rows(const GradualTable *table, const char *from);
static char *rows_of_check(GradualRehearsal *rehearsal, const GradualRelation *relation,
						   HeapTuple tuple);
static char *rows_of_not_null(const GradualRelation *relation, HeapTuple tuple);
static char *rows_of_foreign_key(GradualRehearsal *rehearsal, const GradualRelation *relation,
								 HeapTuple tuple);

char *
gradual_breach_of_constraint(GradualRehearsal *rehearsal, const GradualRelation *relation,
							 Oid constraint)
{
	HeapTuple	tuple;
	char	   *sql = NULL;

	if (relation->table == NULL || relation->table->row == NULL)
		return NULL;
	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	switch (((Form_pg_constraint) GETSTRUCT(tuple))->contype)
	{
		case CONSTRAINT_CHECK:
			sql = rows_of_check(rehearsal, relation, tuple);
			break;
		case CONSTRAINT_FOREIGN:
			sql = rows_of_foreign_key(rehearsal, relation, tuple);
			break;
		case GRADUAL_CONSTRAINT_NOT_NULL:
			sql = rows_of_not_null(relation, tuple);
			break;
		default:
			break;
	}
	ReleaseSysCache(tuple);
	return sql;
}

/* 'from' is what follows FROM: the rows in question, with all their columns. */
static char *
count_rows(const GradualTable *table, const char *from)
{
	return psprintf("SELECT pg_catalog.count(*), pg_catalog.string_agg(name, ', ' ORDER BY number) FILTER (WHERE number <= %d) FROM (SELECT name, pg_catalog.row_number() OVER (ORDER BY pg_catalog.length(name), name) AS number FROM (SELECT %s AS name FROM %s) AS rows) AS violators",
					NAMED, table->row, from);
}

/* Tables that inherit share the CHECKs of their parent, but no keys. */
static const char *
own_rows(const GradualTable *table)
{
	return table->has_children ? "ONLY " : "";
}

static char *
rows_of_check(GradualRehearsal *rehearsal, const GradualRelation *relation, HeapTuple tuple)
{
	Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);
	bool		isnull;
	Datum		expression = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conbin, &isnull);
	int			level;
	char	   *sql;

	if (isnull)
		return NULL;
	level = gradual_lookup_pin_path();
	sql = TextDatumGetCString(DirectFunctionCall2(pg_get_expr, expression,
												  ObjectIdGetDatum(constraint->conrelid)));
	AtEOXact_GUC(true, level);
	return count_rows(relation->table,
					  psprintf("%s%s WHERE (%s) IS FALSE",
							   constraint->connoinherit ? own_rows(relation->table) : "",
							   relation->table->qualified,
							   gradual_lookup_restore(rehearsal, sql)));
}

static char *
rows_of_not_null(const GradualRelation *relation, HeapTuple tuple)
{
	bool		only = ((Form_pg_constraint) GETSTRUCT(tuple))->connoinherit;

	return count_rows(relation->table,
					  psprintf("%s%s WHERE %s IS NULL", only ? own_rows(relation->table) : "",
							   relation->table->qualified,
							   quote_identifier(linitial(gradual_catalog_constraint_columns(tuple)))));
}

/* The elements of an array in a row of pg_constraint. */
static Datum *
elements(HeapTuple tuple, AttrNumber attribute, Oid type, int *count)
{
	bool		isnull;
	Datum		array = SysCacheGetAttr(CONSTROID, tuple, attribute, &isnull);
	Datum	   *result;

	*count = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(array), type,
					  type == OIDOID ? sizeof(Oid) : sizeof(int16), true,
					  type == OIDOID ? TYPALIGN_INT : TYPALIGN_SHORT, &result, NULL, count);
	return result;
}

/* ' COLLATE ..' for the referring side, as the foreign key's own queries have it. */
static char *
collation_text(Oid referring, Oid referred)
{
	if (!OidIsValid(referred) || referring == referred)
		return "";
	return psprintf(" COLLATE %s", generate_collation_name(referred));
}

static Oid
column_collation(Oid relation, AttrNumber column)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relation, column, &type, &typmod, &collation);
	return collation;
}

/* The name of the real table that a foreign key refers to. */
static char *
referred_name(GradualRehearsal *rehearsal, Oid relation)
{
	GradualRelation *referred = gradual_lookup_of_clone(rehearsal, relation);

	if (referred != NULL)
		return referred->table->qualified;
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

/*
 * A row with a NULL in its key refers to nothing; under MATCH FULL it must have
 * nothing but NULLs there.
 */
static char *
rows_of_foreign_key(GradualRehearsal *rehearsal, const GradualRelation *relation, HeapTuple tuple)
{
	Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);
	int			count;
	Datum	   *referring = elements(tuple, Anum_pg_constraint_conkey, INT2OID, &count);
	Datum	   *referred = elements(tuple, Anum_pg_constraint_confkey, INT2OID, &count);
	Datum	   *operators = elements(tuple, Anum_pg_constraint_conpfeqop, OIDOID, &count);
	bool		full = constraint->confmatchtype == FKCONSTR_MATCH_FULL;
	StringInfoData given;
	StringInfoData match;
	int			level;

	if (gradual_compat_has_period(constraint))
		return NULL;
	initStringInfo(&given);
	initStringInfo(&match);
	level = gradual_lookup_pin_path();
	for (int i = 0; i < count; i++)
	{
		AttrNumber	from = DatumGetInt16(referring[i]);
		AttrNumber	to = DatumGetInt16(referred[i]);
		const char *column = quote_identifier(get_attname(constraint->conrelid, from, false));

		appendStringInfo(&given, "%sreferring.%s IS NOT NULL",
						 i == 0 ? "" : full ? " OR " : " AND ", column);
		appendStringInfo(&match, "%sreferred.%s %s referring.%s%s", i == 0 ? "" : " AND ",
						 quote_identifier(get_attname(constraint->confrelid, to, false)),
						 gradual_ident_operator(DatumGetObjectId(operators[i])), column,
						 collation_text(column_collation(constraint->conrelid, from),
										column_collation(constraint->confrelid, to)));
	}
	AtEOXact_GUC(true, level);
	return count_rows(relation->table,
					  psprintf("%s%s AS referring WHERE (%s) AND NOT EXISTS (SELECT FROM %s AS referred WHERE %s)",
							   own_rows(relation->table), relation->table->qualified, given.data,
							   referred_name(rehearsal, constraint->confrelid), match.data));
}

/* A key column of an index as an expression over the table. */
static char *
key_text(GradualRehearsal *rehearsal, Oid index, int column)
{
	Datum		sql = DirectFunctionCall3(pg_get_indexdef_ext, ObjectIdGetDatum(index),
										  Int32GetDatum(column), BoolGetDatum(false));

	return gradual_lookup_restore(rehearsal, TextDatumGetCString(sql));
}

char *
gradual_breach_of_index(GradualRehearsal *rehearsal, GradualTable *table, Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	StringInfoData keys;
	StringInfoData where;
	Datum		predicate;
	bool		isnull;
	int			level;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	form = (Form_pg_index) GETSTRUCT(tuple);
	initStringInfo(&keys);
	initStringInfo(&where);
	appendStringInfoString(&where, "true");
	level = gradual_lookup_pin_path();
	for (int i = 1; i <= form->indnkeyatts; i++)
	{
		char	   *key = key_text(rehearsal, index, i);

		appendStringInfo(&keys, "%s%s", i == 1 ? "" : ", ", key);
		if (!form->indnullsnotdistinct)
			appendStringInfo(&where, " AND (%s) IS NOT NULL", key);
	}
	predicate = SysCacheGetAttr(INDEXRELID, tuple, Anum_pg_index_indpred, &isnull);
	if (!isnull)
		appendStringInfo(&where, " AND (%s)",
						 gradual_lookup_restore(rehearsal,
												TextDatumGetCString(DirectFunctionCall2(pg_get_expr, predicate,
																						ObjectIdGetDatum(form->indrelid)))));
	AtEOXact_GUC(true, level);
	ReleaseSysCache(tuple);
	if (table->row == NULL)
		return NULL;
	return count_rows(table,
					  psprintf("(SELECT *, tableoid, ctid, pg_catalog.count(*) OVER (PARTITION BY %s) AS _gradual_count FROM %s%s WHERE %s) AS keys WHERE _gradual_count > 1",
							   keys.data, own_rows(table), table->qualified, where.data));
}
