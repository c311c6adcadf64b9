/*
 * leaf.c
 *	  The leaves of a table.
 *
 * Partitions are worked on one after another and under their own names: so
 * locks, plans and attribute numbers are those of one table.  Lock order: as
 * find_all_inheritors() has it, by OID within a level, as the server's own
 * statements do.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xlog.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "base/errors.h"
#include "backfill/leaf.h"

static void
refuse_leaf(Relation rel, const char *why)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
			 errmsg("table \"%s\" cannot be changed in batches",
					RelationGetRelationName(rel)),
			 errdetail("%s", why)));
}

static GradualLeaf *
make_leaf(Relation rel, Oid root, LOCKMODE lock)
{
	GradualLeaf *leaf = palloc0(sizeof(GradualLeaf));
	BlockNumber pages;
	double		allvisible;

	if (rel->rd_rel->relkind != RELKIND_RELATION)
		refuse_leaf(rel, "It is not an ordinary table.");
	if (rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		refuse_leaf(rel, "Its access method is not heap.");

	leaf->oid = RelationGetRelid(rel);
	leaf->root = root;
	leaf->lock = lock;
	leaf->schema = get_namespace_name(RelationGetNamespace(rel));
	leaf->name = pstrdup(RelationGetRelationName(rel));
	leaf->qualified = quote_qualified_identifier(leaf->schema, leaf->name);
	estimate_rel_size(rel, NULL, &pages, &leaf->rows, &allvisible);
	leaf->pages = RelationGetNumberOfBlocks(rel);
	return leaf;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(((GradualLeaf *) lfirst(a))->qualified,
				  ((GradualLeaf *) lfirst(b))->qualified);
}

List *
gradual_leaves(Oid root, bool with_children, LOCKMODE lock)
{
	List	   *oids;
	List	   *leaves = NIL;
	ListCell   *lc;

	if (with_children)
		oids = find_all_inheritors(root, lock, NULL);
	else
		oids = list_make1_oid(root);

	foreach(lc, oids)
	{
		Relation	rel = table_open(lfirst_oid(lc), lock);

		if (rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
			leaves = lappend(leaves, make_leaf(rel, root, lock));
		table_close(rel, NoLock);
	}
	list_sort(leaves, compare_names);
	return leaves;
}

/* Those of find_all_inheritors() that hold rows themselves */
static List *
leaf_oids(Oid root, bool with_children)
{
	List	   *oids = with_children ? find_all_inheritors(root, NoLock, NULL) : list_make1_oid(root);
	List	   *leaves = NIL;
	ListCell   *lc;

	foreach(lc, oids)
	{
		if (get_rel_relkind(lfirst_oid(lc)) != RELKIND_PARTITIONED_TABLE)
			leaves = lappend_oid(leaves, lfirst_oid(lc));
	}
	return leaves;
}

bool
gradual_leaves_differ(List *leaves, Oid root, bool with_children)
{
	List	   *now = leaf_oids(root, with_children);
	List	   *then = NIL;
	ListCell   *lc;

	foreach(lc, leaves)
	{
		const GradualLeaf *leaf = lfirst(lc);

		if (OidIsValid(leaf->oid))
			then = lappend_oid(then, leaf->oid);
	}
	list_sort(now, list_oid_cmp);
	list_sort(then, list_oid_cmp);
	return !equal(now, then);
}

int
gradual_leaf_number(List *leaves, Oid oid)
{
	for (int i = 0; i < list_length(leaves); i++)
	{
		if (((GradualLeaf *) list_nth(leaves, i))->oid == oid)
			return i;
	}
	return -1;
}

/* SQL finds it by its name, so that has to be the same table still. */
static bool
is_called(Relation rel, const GradualLeaf *leaf)
{
	const char *schema = get_namespace_name(RelationGetNamespace(rel));

	return schema != NULL &&
		strcmp(quote_qualified_identifier(schema, RelationGetRelationName(rel)),
			   leaf->qualified) == 0;
}

/*
 * Is it below root?  A partition that is being detached concurrently is not:
 * statements on the root do not see it any more.
 */
static bool
is_below(Oid oid, Oid root)
{
	Relation	inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *parents = NIL;
	bool		found = false;
	ListCell   *lc;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(oid));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_inherits row = (Form_pg_inherits) GETSTRUCT(tuple);

		if (!row->inhdetachpending)
			parents = lappend_oid(parents, row->inhparent);
	}
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);

	foreach(lc, parents)
		found = found || lfirst_oid(lc) == root || is_below(lfirst_oid(lc), root);
	return found;
}

static bool
is_leaf_of(const GradualLeaf *leaf, Oid root)
{
	return !OidIsValid(root) || leaf->oid == root || is_below(leaf->oid, root);
}

/* That of the root holds for a statement that names the root, as the script does. */
void
gradual_leaf_refuse_hidden(const GradualLeaf *leaf)
{
	if (check_enable_rls(leaf->oid, InvalidOid, true) == RLS_ENABLED ||
		(OidIsValid(leaf->root) && check_enable_rls(leaf->root, InvalidOid, true) == RLS_ENABLED))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("row security of table %s hides rows from the migration's owner",
						leaf->qualified),
				 errhint("ALTER ROLE %s BYPASSRLS; or let the table's owner define the migration.",
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

Relation
gradual_leaf_try_open(const GradualLeaf *leaf)
{
	Relation	rel = OidIsValid(leaf->oid) ? try_table_open(leaf->oid, leaf->lock) : NULL;

	if (rel == NULL && (leaf->root == leaf->oid || !OidIsValid(leaf->root)))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("table %s was dropped while it was backfilled",
						leaf->qualified),
				 errhint("Start the migration again once the schema is as the script expects it.")));
	if (rel == NULL)
		return NULL;
	if (is_called(rel, leaf) && is_leaf_of(leaf, leaf->root))
	{
		gradual_leaf_refuse_hidden(leaf);
		return rel;
	}
	table_close(rel, NoLock);
	return NULL;
}

Relation
gradual_leaf_open(const GradualLeaf *leaf)
{
	Relation	rel = gradual_leaf_try_open(leaf);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("table %s was renamed, detached or dropped while it was backfilled",
						leaf->qualified)));
	return rel;
}

bool
gradual_leaves_stand(List *leaves)
{
	ListCell   *lc;

	foreach(lc, leaves)
	{
		const GradualLeaf *leaf = lfirst(lc);
		Relation	rel;

		if (!OidIsValid(leaf->oid))
			continue;
		rel = gradual_leaf_try_open(leaf);
		if (rel == NULL)
			return false;
		table_close(rel, NoLock);
	}
	return true;
}

int
gradual_leaves_stop(List *leaves, int stop_leaf, bool inside, int *nleaves)
{
	*nleaves = stop_leaf == 0 ? list_length(leaves) : stop_leaf - (inside ? 0 : 1);
	return inside && stop_leaf > 0 ? stop_leaf - 1 : -1;
}

int64
gradual_leaves_pages(List *leaves)
{
	return gradual_leaves_pages_before(leaves, list_length(leaves));
}

int64
gradual_leaves_pages_before(List *leaves, int number)
{
	int64		pages = 0;

	for (int i = 0; i < number; i++)
		pages += ((GradualLeaf *) list_nth(leaves, i))->pages;
	return pages;
}

double
gradual_leaves_rows(List *leaves)
{
	double		rows = 0;
	ListCell   *lc;

	foreach(lc, leaves)
		rows += ((GradualLeaf *) lfirst(lc))->rows;
	return rows;
}

/*
 * Server and database are part of it: a restored table may well have the OID
 * and the relfilenode that the table had which was dumped, and its rows lie
 * elsewhere.  A copy of the very files (CREATE DATABASE .. TEMPLATE, pg_upgrade)
 * cannot be told from that, and is taken for a rewritten table, too.
 */
uint32
gradual_leaf_file(Relation rel)
{
	uint64		identity[4] = {GetSystemIdentifier(), MyDatabaseId,
	RelationGetRelid(rel), rel->rd_rel->relfilenode};
	uint32		hash = hash_bytes((const unsigned char *) identity, sizeof(identity));

	return Max(hash, 1);		/* 0 stands for none */
}

/* Short, since the position holds one for each leaf. */
char *
gradual_leaf_mark(Relation rel)
{
	return psprintf("%08x", gradual_leaf_file(rel));
}
