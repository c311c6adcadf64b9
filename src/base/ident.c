/*
 * ident.c
 *	  Names of relations, and of the objects that we add to users' tables.
 *
 * Names go into the ledger, OIDs do not: a restored dump has others.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "commands/defrem.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/ident.h"

char *
gradual_ident_qualified(Oid relid)
{
	char	   *name = get_rel_name(relid);
	char	   *schema;

	if (name == NULL)
		return NULL;
	schema = get_namespace_name(get_rel_namespace(relid));
	if (schema == NULL)
		return NULL;
	return quote_qualified_identifier(schema, name);
}

List *
gradual_ident_names(const RangeVar *range)
{
	if (range->schemaname == NULL)
		return list_make1(makeString(range->relname));
	return list_make2(makeString(range->schemaname), makeString(range->relname));
}

char *
gradual_ident_operator(Oid operator)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *text;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	text = psprintf("OPERATOR(%s.%s)",
					quote_identifier(get_namespace_name(form->oprnamespace)),
					NameStr(form->oprname));

	ReleaseSysCache(tuple);
	return text;
}

char *
gradual_ident_row(Relation rel)
{
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	StringInfoData columns;
	int			column = -1;

	initStringInfo(&columns);
	while ((column = bms_next_member(key, column)) >= 0)
	{
		AttrNumber	number = column + FirstLowInvalidHeapAttributeNumber;

		appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "",
						 quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(rel),
																number - 1)->attname)));
	}
	if (columns.len > 0)
		return psprintf("pg_catalog.concat(%s, pg_catalog.concat_ws(', ', %s), ')')",
						quote_literal_cstr(psprintf("(%s)=(", columns.data)), columns.data);
	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return pstrdup("pg_catalog.concat(tableoid::pg_catalog.regclass, ' ctid ', ctid)");
	return pstrdup("pg_catalog.concat('ctid ', ctid)");
}

/*
 * Plain catalog lookups: RangeVarGetRelid() would raise for a schema that the
 * current role may not use.
 */
Oid
gradual_ident_find(const char *qualified)
{
	List	   *names = stringToQualifiedNameList(qualified, NULL);
	Oid			schema;

	if (list_length(names) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("relation name %s is not qualified", qualified)));

	/* without a lock, nothing else tells us of what others have dropped */
	AcceptInvalidationMessages();
	schema = get_namespace_oid(strVal(linitial(names)), true);
	if (!OidIsValid(schema))
		return InvalidOid;
	return get_relname_relid(strVal(lsecond(names)), schema);
}

char *
gradual_ident_sync_trigger(int32 migration)
{
	return psprintf("~_gradual_%d", migration);
}

char *
gradual_ident_sync_creation(const char *trigger, const char *table)
{
	return psprintf("CREATE OR REPLACE TRIGGER %s BEFORE INSERT OR UPDATE ON %s FOR EACH ROW",
					quote_identifier(trigger), table);
}

char *
gradual_ident_first_trigger(int32 migration)
{
	return psprintf("!_gradual_%d", migration);
}

char *
gradual_ident_interim(int32 migration, int statement, int number)
{
	return psprintf("_gradual_%d_%d_%d", migration, statement, number);
}

char *
gradual_ident_carry_trigger(int32 migration, int statement, bool truncate)
{
	return psprintf("!_gradual_%d_%d%s", migration, statement, truncate ? "_truncate" : "");
}

char *
gradual_ident_not_null_proof(int32 migration, int step)
{
	return psprintf("_gradual_nn_%d_%d", migration, step);
}

char *
gradual_ident_beside(const char *name)
{
	char	   *interim = psprintf("_gradual_%s", name);

	/* long names may begin alike */
	if (strlen(interim) >= NAMEDATALEN)
		interim = makeObjectName(psprintf("_gradual_%08x",
										  DatumGetUInt32(hash_any((const unsigned char *) name,
																  strlen(name)))),
								 name, NULL);
	return interim;
}

bool
gradual_ident_is_interim(const char *name)
{
	return strncmp(name, GRADUAL_INTERIM_PREFIX, strlen(GRADUAL_INTERIM_PREFIX)) == 0;
}

char *
gradual_ident_index(int32 migration, int number)
{
	return psprintf("_gradual_ix_%d_%d", migration, number);
}

char *
gradual_ident_sequence(int32 migration, int number)
{
	return psprintf("_gradual_sq_%d_%d", migration, number);
}
