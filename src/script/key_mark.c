/*
 * key_mark.c
 *	  By what a clone's CHECK is known that stands in for a foreign key of the
 *	  real table.
 *
 * Its name does not tell: the script may give it another one, and its name to
 * another constraint.  So its expression has the key's OID, which comes along
 * wherever PostgreSQL copies the constraint or makes it anew.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_constraint.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "script/catalog.h"
#include "script/key_mark.h"

char *
gradual_key_mark_condition(Oid key)
{
	return psprintf("'" GRADUAL_KEY_MARK "%u'::pg_catalog.text IS NOT NULL", key);
}

Oid
gradual_key_mark_of(Oid constraint)
{
	char	   *mark = NULL;

	if (gradual_catalog_constraint_type(constraint) == CONSTRAINT_CHECK)
		mark = strstr(TextDatumGetCString(DirectFunctionCall1(pg_get_constraintdef,
															  ObjectIdGetDatum(constraint))),
					  "'" GRADUAL_KEY_MARK);
	return mark == NULL ? InvalidOid :
		(Oid) strtoul(mark + strlen("'" GRADUAL_KEY_MARK), NULL, 10);
}

Oid
gradual_key_mark_find(Oid clone, Oid key)
{
	ListCell   *lc;

	foreach(lc, OidIsValid(key) ? gradual_catalog_constraints(clone) : NIL)
	{
		Oid			constraint = ((Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc)))->oid;

		if (gradual_key_mark_of(constraint) == key)
			return constraint;
	}
	return InvalidOid;
}
