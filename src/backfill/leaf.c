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
#include "utils/lsyscache.h"
#include "utils/rel.h"

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
make_leaf(Relation rel, LOCKMODE lock)
{
	GradualLeaf *leaf = palloc0(sizeof(GradualLeaf));
	BlockNumber pages;
	double		allvisible;

	if (rel->rd_rel->relkind != RELKIND_RELATION)
		refuse_leaf(rel, "It is not an ordinary table.");
	if (rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		refuse_leaf(rel, "Its access method is not heap.");

	leaf->oid = RelationGetRelid(rel);
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
			leaves = lappend(leaves, make_leaf(rel, lock));
		table_close(rel, NoLock);
	}
	list_sort(leaves, compare_names);
	return leaves;
}

int
gradual_leaf_position(List *leaves, const char *qualified)
{
	if (qualified == NULL)
		return leaves == NIL ? -1 : 0;
	for (int i = 0; i < list_length(leaves); i++)
	{
		GradualLeaf *leaf = list_nth(leaves, i);

		if (strcmp(leaf->qualified, qualified) >= 0)
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

Relation
gradual_leaf_open(const GradualLeaf *leaf)
{
	Relation	rel = try_table_open(leaf->oid, leaf->lock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("table %s was dropped while it was backfilled",
						leaf->qualified),
				 errhint("Start the migration again once the schema is as the script expects it.")));
	if (!is_called(rel, leaf))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("table %s was renamed while it was backfilled", leaf->qualified)));
	return rel;
}

int
gradual_leaves_stop(List *leaves, const char *stop_leaf, bool inside, int *nleaves)
{
	int			stop = stop_leaf == NULL ? -1 : gradual_leaf_position(leaves, stop_leaf);

	*nleaves = stop < 0 ? list_length(leaves) : stop;
	if (stop < 0 || !inside ||
		strcmp(((GradualLeaf *) list_nth(leaves, stop))->qualified, stop_leaf) != 0)
		return -1;
	*nleaves = stop + 1;
	return stop;
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

/* --- names --- */

#define IDENTITY_LENGTH 8

/* Hashes of what it is and of how it is called */
static char *
known_as(const GradualLeaf *leaf)
{
	uint64		identity[3] = {GetSystemIdentifier(), MyDatabaseId, leaf->oid};

	return psprintf("%08x%08x",
					hash_bytes((const unsigned char *) identity, sizeof(identity)),
					hash_bytes((const unsigned char *) leaf->qualified, strlen(leaf->qualified)));
}

/* Is it known by this name, or else by another one? */
static bool
look_up(List *names, const char *name, bool *by_another)
{
	ListCell   *lc;

	*by_another = false;
	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
		if (strncmp(lfirst(lc), name, IDENTITY_LENGTH) == 0)
			*by_another = true;
	}
	return false;
}

List *
gradual_leaves_learn_names(List *leaves, List *names)
{
	ListCell   *lc;

	foreach(lc, leaves)
	{
		GradualLeaf *leaf = lfirst(lc);
		char	   *name = known_as(leaf);
		bool		by_another;

		if (look_up(names, name, &by_another))
			continue;
		if (by_another)
			ereport(ERROR,
					(errcode(GRADUAL_ERRCODE_BLOCKED),
					 errmsg("table %s had another name when its backfill began", leaf->qualified),
					 errdetail("Which tables are done is known by their names, and nothing in a row tells whether it was changed."),
					 errhint("Give it its old name back, then start the migration again.")));
		names = lappend(names, name);
	}
	return names;
}
