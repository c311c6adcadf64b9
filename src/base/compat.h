/*
 * compat.h
 *	  Every difference between the versions of PostgreSQL that we support, and
 *	  the only place with PG_VERSION_NUM.
 *
 * The rest of the tree is written for the newest version; what older ones spell
 * in another way gets its new spelling here.  Each section includes the header
 * whose names it supplies, so that a macro never meets a prototype.
 */
#ifndef GRADUAL_COMPAT_H
#define GRADUAL_COMPAT_H

#include "access/attmap.h"
#include "access/genam.h"
#include "access/twophase.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/parsenodes.h"
#include "parser/parse_relation.h"
#include "postmaster/bgworker.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#if PG_VERSION_NUM < 170000
#include "storage/sinvaladt.h"
#endif
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 200000
#error "pg_gradual supports PostgreSQL 15 to 19"
#endif

/* --- 16 --- */

#if PG_VERSION_NUM < 160000

/* the server declares it from 16 on */
extern PGDLLEXPORT void _PG_init(void);

/* rows that a backend has read from a table in sequence */
#define GRADUAL_ROWS_READ(status) ((status)->t_counts.t_tuples_returned)

/* summarizing indexes blocked HOT as all others did */
#define INDEX_ATTR_BITMAP_HOT_BLOCKING INDEX_ATTR_BITMAP_ALL

/* membership had no options yet: a member may always SET ROLE */
#define member_can_set_role(member, role) is_member_of_role(member, role)

/* a column that is missing on one side was always an error */
#define build_attrmap_by_name(indesc, outdesc, missing_ok) \
	build_attrmap_by_name(indesc, outdesc)

/* soft errors came later; nobody here asks for one */
#define stringToQualifiedNameList(string, escontext) \
	stringToQualifiedNameList(string)

/* One function a catalog became one function for all. */
static inline bool
object_ownercheck(Oid classid, Oid objectid, Oid roleid)
{
	switch (classid)
	{
		case RelationRelationId:
			return pg_class_ownercheck(objectid, roleid);
		case TypeRelationId:
			return pg_type_ownercheck(objectid, roleid);
		case ProcedureRelationId:
			return pg_proc_ownercheck(objectid, roleid);
		case NamespaceRelationId:
			return pg_namespace_ownercheck(objectid, roleid);
		case DatabaseRelationId:
			return pg_database_ownercheck(objectid, roleid);
		case ExtensionRelationId:
			return pg_extension_ownercheck(objectid, roleid);
	}
	elog(ERROR, "no owner check for catalog %u", classid);
	return false;
}

static inline AclResult
object_aclcheck(Oid classid, Oid objectid, Oid roleid, AclMode mode)
{
	switch (classid)
	{
		case TypeRelationId:
			return pg_type_aclcheck(objectid, roleid, mode);
		case ProcedureRelationId:
			return pg_proc_aclcheck(objectid, roleid, mode);
		case NamespaceRelationId:
			return pg_namespace_aclcheck(objectid, roleid, mode);
		case DatabaseRelationId:
			return pg_database_aclcheck(objectid, roleid, mode);
	}
	elog(ERROR, "no privilege check for catalog %u", classid);
	return ACLCHECK_NO_PRIV;
}
#else
#define GRADUAL_ROWS_READ(status) ((status)->counts.tuples_returned)
#endif

/* --- 17 --- */

#if PG_VERSION_NUM < 170000

/* two functions became one with a third argument */
static inline bool
gradual_compat_lock_held(const LOCKTAG *tag, LOCKMODE mode, bool or_stronger)
{
	return or_stronger ? LockOrStrongerHeldByMe(tag, mode) :
		LockHeldByMe(tag, mode);
}
#define LockHeldByMe(tag, mode, orstronger) \
	gradual_compat_lock_held(tag, mode, orstronger)

/* nor was a table with partitions given an identity column */
#define GRADUAL_HAS_PARTITIONED_IDENTITY false

/* nor an access method, for partitions to come */
#define GRADUAL_HAS_PARTITIONED_ACCESS_METHOD false

/* not yet: a worker of a role that may not log in is refused at connect */
#define GRADUAL_CAN_CONNECT_NOLOGIN false
#define GRADUAL_BYPASS_ROLELOGINCHECK 0

#define GRADUAL_HAS_TRANSACTION_TIMEOUT false
#else
#define GRADUAL_HAS_PARTITIONED_IDENTITY true
#define GRADUAL_HAS_PARTITIONED_ACCESS_METHOD true
#define GRADUAL_CAN_CONNECT_NOLOGIN true
#define GRADUAL_BYPASS_ROLELOGINCHECK BGWORKER_BYPASS_ROLELOGINCHECK

#define GRADUAL_HAS_TRANSACTION_TIMEOUT true
#endif

/* 17: the index of a partition is made anew without the comment of the whole. */
#define GRADUAL_PARTS_GET_COMMENT (PG_VERSION_NUM < 170000)

/*
 * The process that runs a virtual transaction; NULL if it has ended, or was
 * prepared: then the process goes on without it.  A fuzzy look, without lock.
 */
static inline PGPROC *
gradual_compat_vxid_proc(VirtualTransactionId vxid)
{
	PGPROC	   *proc;

#if PG_VERSION_NUM < 170000
	if (vxid.backendId == InvalidBackendId)
		return NULL;
	proc = BackendIdGetProc(vxid.backendId);
	return proc && proc->lxid == vxid.localTransactionId ? proc : NULL;
#else
	if (vxid.procNumber == INVALID_PROC_NUMBER)
		return NULL;
	proc = ProcNumberGetProc(vxid.procNumber);
	return proc && proc->vxid.lxid == vxid.localTransactionId ? proc : NULL;
#endif
}

/*
 * The columns that a query reads of one of its relations: their numbers minus
 * FirstLowInvalidHeapAttributeNumber, as everywhere where rights are checked.
 */
static inline Bitmapset *
gradual_compat_columns_read(const Query *query, RangeTblEntry *rte)
{
#if PG_VERSION_NUM < 160000
	return rte->selectedCols;
#else
	return rte->perminfoindex == 0 ? NULL :
		getRTEPermissionInfo(query->rteperminfos, rte)->selectedCols;
#endif
}

/* From 17 on REINDEX, REFRESH and CLUSTER are a right that can be granted. */
static inline AclResult
gradual_compat_check_maintain(Oid table, Oid role)
{
#if PG_VERSION_NUM < 170000
	return object_ownercheck(RelationRelationId, table, role) ? ACLCHECK_OK :
		ACLCHECK_NOT_OWNER;
#else
	return pg_class_aclcheck(table, role, ACL_MAINTAIN);
#endif
}

/* The number of this session's transaction: another one each time. */
static inline LocalTransactionId
gradual_compat_local_xid(void)
{
#if PG_VERSION_NUM < 170000
	return MyProc->lxid;
#else
	return MyProc->vxid.lxid;
#endif
}

/* --- 18 --- */

#if PG_VERSION_NUM < 180000

/* it stands before the declaration now */
#define pg_noreturn pg_attribute_noreturn()

/* 'run_once' is always true for us, as it was for everybody */
#define PortalRun(portal, count, top, dest, altdest, qc) \
	PortalRun(portal, count, top, true, dest, altdest, qc)
#define ExecutorRun(query, direction, count) \
	ExecutorRun(query, direction, count, true)

/* a foreign key of a partitioned table was always valid */
#define GRADUAL_HAS_PARTITIONED_NOT_VALID false

/* a child's NOT NULL was its own, whatever the parent's */
#define GRADUAL_INHERITS_NOT_NULL false

/* the table with partitions could be called unlogged, which said nothing of them */
#define GRADUAL_HAS_PARTITIONED_UNLOGGED true

/* nobody counted the searches of an index scan */
#define index_beginscan(table, index, snapshot, instrument, nkeys, norderbys) \
	index_beginscan(table, index, snapshot, nkeys, norderbys)

/* no column was generated when it is read */
#define expand_generated_columns_in_expr(node, rel, rt_index) (node)
#else
#define GRADUAL_HAS_PARTITIONED_NOT_VALID true
#define GRADUAL_INHERITS_NOT_NULL true
#define GRADUAL_HAS_PARTITIONED_UNLOGGED false
#endif

/*
 * Is the column (counted from 0) NOT NULL for every row that is there?  From 18
 * on a constraint may be set that the old rows have not been checked for.
 */
static inline bool
gradual_compat_is_not_null(TupleDesc descriptor, int column)
{
#if PG_VERSION_NUM < 180000
	return TupleDescAttr(descriptor, column)->attnotnull;
#else
	return TupleDescCompactAttr(descriptor, column)->attnullability ==
		ATTNULLABLE_VALID;
#endif
}

/* From 17 on a generated column can get another expression. */
static inline bool
gradual_compat_sets_expression(const AlterTableCmd *command)
{
#if PG_VERSION_NUM < 170000
	return false;
#else
	return command->subtype == AT_SetExpression;
#endif
}

/* ALTER CONSTRAINT and VALIDATE CONSTRAINT: which one */
static inline const char *
gradual_compat_constraint_name(const AlterTableCmd *command)
{
	if (command->subtype != AT_AlterConstraint)
		return command->name;
#if PG_VERSION_NUM < 180000
	return ((Constraint *) command->def)->conname;
#else
	return ((ATAlterConstraint *) command->def)->conname;
#endif
}

/* ALTER CONSTRAINT: only whether, and when, it is deferred */
static inline bool
gradual_compat_alters_deferrability(const AlterTableCmd *command)
{
#if PG_VERSION_NUM < 180000
	return true;
#else
	ATAlterConstraint *alter = (ATAlterConstraint *) command->def;

	return alter->alterDeferrability && !alter->alterEnforceability &&
		!alter->alterInheritability;
#endif
}

/* From 18 on a constraint may be there without being enforced. */
static inline bool
gradual_compat_is_enforced(Form_pg_constraint constraint)
{
#if PG_VERSION_NUM < 180000
	return true;
#else
	return constraint->conenforced;
#endif
}

/* From 18 on keys may be about periods, which overlap or cover one another. */
static inline bool
gradual_compat_has_period(Form_pg_constraint constraint)
{
#if PG_VERSION_NUM < 180000
	return false;
#else
	return constraint->conperiod;
#endif
}

/* Has this transaction given the relation the file that it has? */
static inline bool
gradual_compat_has_new_file(Relation rel)
{
#if PG_VERSION_NUM < 160000
	return rel->rd_newRelfilenodeSubid != InvalidSubTransactionId;
#else
	return rel->rd_newRelfilelocatorSubid != InvalidSubTransactionId;
#endif
}

/* JSON_OBJECT() and the like; where they call a function, as JSON_OBJECTAGG does, that has them. */
static inline List *
gradual_compat_json_arguments(Node *node)
{
#if PG_VERSION_NUM < 160000
	return NIL;
#else
	return IsA(node, JsonConstructorExpr) ? ((JsonConstructorExpr *) node)->args : NIL;
#endif
}

#endif							/* GRADUAL_COMPAT_H */
