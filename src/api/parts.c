/*
 * parts.c
 *	  What steps do about foreign keys: how they take the place of others, and
 *	  about the parts of one of, or to, a partitioned table, which has one for each
 *	  partition at both ends.
 *
 * Before PostgreSQL 18 VALIDATE leaves the parts of such a foreign key, one for
 * each partition that it refers to, as they were: not valid, which a foreign key
 * that was added at once never has.  A valid whole says all that its parts say,
 * so marking them is a change of the catalog only.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_constraint.h"
#include "commands/comment.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/ident.h"
#include "base/spi.h"

PG_FUNCTION_INFO_V1(gradual_settle_foreign_key);
PG_FUNCTION_INFO_V1(gradual_name_parts);
PG_FUNCTION_INFO_V1(gradual_follow_foreign_key);

/* Those of a constraint, but not theirs. */
static List *
parts_of(Oid parent)
{
	Relation	constraints = table_open(ConstraintRelationId, AccessShareLock);
	List	   *parts = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_constraint_conparentid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(parent));
	scan = systable_beginscan(constraints, ConstraintParentIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		parts = lappend_oid(parts, ((Form_pg_constraint) GETSTRUCT(tuple))->oid);
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	return parts;
}

/* The parts that are on the same table, and theirs. */
static void
settle(Relation constraints, Oid table, Oid parent)
{
	ListCell   *lc;

	foreach(lc, parts_of(parent))
	{
		HeapTuple	tuple = SearchSysCacheCopy1(CONSTROID, ObjectIdGetDatum(lfirst_oid(lc)));
		Form_pg_constraint part;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for constraint %u", lfirst_oid(lc));
		part = (Form_pg_constraint) GETSTRUCT(tuple);
		if (part->conrelid == table)
		{
			if (!part->convalidated)
			{
				part->convalidated = true;
				CatalogTupleUpdate(constraints, &tuple->t_self, tuple);
			}
			settle(constraints, table, lfirst_oid(lc));
		}
		heap_freetuple(tuple);
	}
}

/* --- names --- */

/* Those of a constraint, and theirs. */
static List *
all_parts_of(Oid parent)
{
	List	   *parts = parts_of(parent);
	List	   *all = list_copy(parts);
	ListCell   *lc;

	foreach(lc, parts)
		all = list_concat(all, all_parts_of(lfirst_oid(lc)));
	return all;
}

/* Which tables a part is between. */
static void
find_ends(Oid constraint, Oid *table, Oid *referenced)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	*table = ((Form_pg_constraint) GETSTRUCT(tuple))->conrelid;
	*referenced = ((Form_pg_constraint) GETSTRUCT(tuple))->confrelid;
	ReleaseSysCache(tuple);
}

static bool
are_alike(Oid one, Oid other)
{
	Oid			table,
				referenced,
				other_table,
				other_referenced;

	find_ends(one, &table, &referenced);
	find_ends(other, &other_table, &other_referenced);
	return table == other_table && referenced == other_referenced;
}

static void
take_name(Oid from, Oid to)
{
	char	   *name = get_constraint_name(from);

	RenameConstraintById(from, psprintf("_gradual_old_%u", from));
	CommandCounterIncrement();
	RenameConstraintById(to, name);
	CommandCounterIncrement();
}

static void
lock_as_owner(Oid table, LOCKMODE mode)
{
	char	   *name = get_rel_name(table);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", table)));

	/* before the lock: who may not alter a table must not hold up others */
	if (!object_ownercheck(RelationRelationId, table, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, name);
	LockRelationOid(table, mode);
}

/*
 * gradual.name_parts(table_name regclass, "from" name, "to" name): in a swap, all
 * locked.
 */
Datum
gradual_name_parts(PG_FUNCTION_ARGS)
{
	Oid			table = PG_GETARG_OID(0);
	List	   *parts;
	ListCell   *lf,
			   *lt;

	lock_as_owner(table, AccessExclusiveLock);
	parts = all_parts_of(get_relation_constraint_oid(table, NameStr(*PG_GETARG_NAME(2)), false));
	foreach(lf, all_parts_of(get_relation_constraint_oid(table, NameStr(*PG_GETARG_NAME(1)), false)))
	{
		foreach(lt, parts)
		{
			if (are_alike(lfirst_oid(lf), lfirst_oid(lt)))
				take_name(lfirst_oid(lf), lfirst_oid(lt));
		}
	}
	PG_RETURN_VOID();
}

/* --- what others have altered --- */

static HeapTuple
fetch_key(Oid table, const char *name)
{
	Oid			constraint = get_relation_constraint_oid(table, name, false);
	HeapTuple	tuple = SearchSysCacheCopy1(CONSTROID, ObjectIdGetDatum(constraint));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	if (((Form_pg_constraint) GETSTRUCT(tuple))->contype != CONSTRAINT_FOREIGN)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("constraint \"%s\" of relation \"%s\" is not a foreign key constraint",
						name, get_rel_name(table))));
	return tuple;
}

static void
alter_key(Form_pg_constraint key, const char *how)
{
	(void) gradual_spi_run(psprintf("ALTER TABLE %s ALTER CONSTRAINT %s %s",
									gradual_ident_qualified(key->conrelid),
									quote_identifier(NameStr(key->conname)), how), NULL);
}

/* A scan would have to be made while everybody waits. */
static void
require_as_valid(Form_pg_constraint from, Form_pg_constraint to)
{
	if (from->convalidated && !to->convalidated)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("foreign key \"%s\" of table %s was validated, and the one that replaces it is not",
						NameStr(from->conname), gradual_ident_qualified(from->conrelid)),
				 errdetail("It was NOT VALID when the migration started."),
				 errhint(GRADUAL_HINT_START_ANEW)));
}

/*
 * gradual.follow_foreign_key(table_name regclass, "from" name, "to" name): in a swap,
 * all locked.
 */
Datum
gradual_follow_foreign_key(PG_FUNCTION_ARGS)
{
	Oid			table = PG_GETARG_OID(0);
	Form_pg_constraint from,
				to;

	lock_as_owner(table, AccessExclusiveLock);
	from = (Form_pg_constraint) GETSTRUCT(fetch_key(table, NameStr(*PG_GETARG_NAME(1))));
	to = (Form_pg_constraint) GETSTRUCT(fetch_key(table, NameStr(*PG_GETARG_NAME(2))));
	CreateComments(to->oid, ConstraintRelationId, 0,
				   GetComment(from->oid, ConstraintRelationId, 0));
	if (from->condeferrable != to->condeferrable || from->condeferred != to->condeferred)
		alter_key(to, psprintf("%s INITIALLY %s", from->condeferrable ? "DEFERRABLE" : "NOT DEFERRABLE",
							   from->condeferred ? "DEFERRED" : "IMMEDIATE"));
	if (!gradual_compat_is_enforced(from))
		alter_key(to, "NOT ENFORCED");
	else
		require_as_valid(from, to);
	PG_RETURN_VOID();
}

/* --- validity --- */

static bool
is_valid(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		valid;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	valid = ((Form_pg_constraint) GETSTRUCT(tuple))->contype == CONSTRAINT_FOREIGN &&
		((Form_pg_constraint) GETSTRUCT(tuple))->convalidated;
	ReleaseSysCache(tuple);
	return valid;
}

/* As VALIDATE itself: in its lock, and for the owner. */
Datum
gradual_settle_foreign_key(PG_FUNCTION_ARGS)
{
	Oid			table = PG_GETARG_OID(0);
	char	   *name = NameStr(*PG_GETARG_NAME(1));
	Relation	constraints;
	Oid			constraint;

	lock_as_owner(table, ShareUpdateExclusiveLock);
	constraint = get_relation_constraint_oid(table, name, false);
	if (!is_valid(constraint))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("constraint \"%s\" of relation \"%s\" is not a valid foreign key",
						name, get_rel_name(table)),
				 errhint("ALTER TABLE %s VALIDATE CONSTRAINT %s;",
						 quote_identifier(get_rel_name(table)), quote_identifier(name))));
	constraints = table_open(ConstraintRelationId, RowExclusiveLock);
	settle(constraints, table, constraint);
	table_close(constraints, RowExclusiveLock);
	PG_RETURN_VOID();
}
