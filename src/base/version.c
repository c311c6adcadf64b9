/*
 * version.c
 *	  Does this library know the extension's SQL, as it is in this database?
 *
 * Functions that users call and workers ask; triggers do not: what they need of
 * the SQL stays as it is for as long as triggers of that version may be there,
 * and an application's statement must not fail for an update that is half done.
 *
 * Nothing is kept: ALTER EXTENSION UPDATE may touch nothing that would tell us,
 * and pg_extension has no cache.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "base/errors.h"
#include "base/version.h"

#define EXTENSION_NAME "pg_gradual"

/* The versions of the SQL that this library works with, the newest last. */
static const char *const known[] = {"1.0"};

/* In the current memory context; NULL = the extension is not there */
static char *
installed_version(void)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *version = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(EXTENSION_NAME));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_extension_extversion,
										 RelationGetDescr(extensions), &isnull);

		version = isnull ? pstrdup("") : TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return version;
}

static bool
is_known(const char *version)
{
	if (version == NULL)
		return true;
	for (int i = 0; i < lengthof(known); i++)
	{
		if (strcmp(version, known[i]) == 0)
			return true;
	}
	return false;
}

bool
gradual_version_is_known(void)
{
	return is_known(installed_version());
}

void
gradual_version_require(void)
{
	char	   *version = installed_version();

	if (is_known(version))
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("the library of extension \"%s\" does not know version \"%s\" of its SQL",
					EXTENSION_NAME, version),
			 errdetail("The library is that of version \"%s\".", known[lengthof(known) - 1]),
			 errhint("If the SQL is older: ALTER EXTENSION %s UPDATE; if it is newer: install its library and begin a new session, with shared_preload_libraries restart the server.",
					 EXTENSION_NAME)));
}
