/*
 * ident.c
 *	  Names of relations, and of the objects that we add to users' tables.
 *
 * Names go into the ledger, OIDs do not: a restored dump has others.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

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
		elog(ERROR, "relation name %s is not qualified", qualified);

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
gradual_ident_not_null_proof(int32 migration, int step)
{
	return psprintf("_gradual_nn_%d_%d", migration, step);
}
