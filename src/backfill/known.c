/*
 * known.c
 *	  The leaves that a backfill knows, and their numbers.
 *
 * A leaf is known by its OID, whatever it is called: partitions are renamed and
 * change places.  Where there is no such OID below the table its name tells: the
 * partition was replaced by another one, or all was restored from a dump.  OIDs
 * belong to one database of one server, so the first text of the list says which
 * that was: a restored table may well have the OID of another one.
 *
 * If we crash here nothing has happened: only reads.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "miscadmin.h"

#include "backfill/known.h"

/* An element of the list, '16413 public.p1' */
typedef struct Known
{
	Oid			oid;
	char	   *name;
	GradualLeaf *leaf;			/* NULL = it is not there */
} Known;

/* The leaves that are there, to be looked up in */
typedef struct Present
{
	int			count;
	GradualLeaf **by_oid;
	GradualLeaf **by_name;
} Present;

static char *
this_database(void)
{
	return psprintf(UINT64_FORMAT " %u", GetSystemIdentifier(), MyDatabaseId);
}

int
gradual_known_count(List *known)
{
	return Max(list_length(known) - 1, 0);
}

const char *
gradual_known_name(List *known, int number)
{
	const char *space = strchr(list_nth(known, number + 1), ' ');

	return space == NULL ? "" : space + 1;
}

static Known *
parse(List *known)
{
	Known	   *all = palloc0(sizeof(Known) * (list_length(known) + 1));

	for (int i = 1; i < list_length(known); i++)
	{
		all[i - 1].oid = strtoul(list_nth(known, i), NULL, 10);
		all[i - 1].name = unconstify(char *, gradual_known_name(known, i - 1));
	}
	return all;
}

/* --- looking up --- */

static int
compare_oids(const void *a, const void *b)
{
	Oid			one = (*(GradualLeaf *const *) a)->oid;
	Oid			other = (*(GradualLeaf *const *) b)->oid;

	return one < other ? -1 : one > other;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp((*(GradualLeaf *const *) a)->qualified,
				  (*(GradualLeaf *const *) b)->qualified);
}

static void
index_leaves(Present *present, List *leaves)
{
	Size		size = sizeof(GradualLeaf *) * (list_length(leaves) + 1);

	present->count = list_length(leaves);
	present->by_oid = palloc(size);
	present->by_name = palloc(size);
	for (int i = 0; i < present->count; i++)
		present->by_oid[i] = present->by_name[i] = list_nth(leaves, i);
	qsort(present->by_oid, present->count, sizeof(GradualLeaf *), compare_oids);
	qsort(present->by_name, present->count, sizeof(GradualLeaf *), compare_names);
}

static GradualLeaf *
find_leaf(const Present *present, const Known *known, bool by_oid)
{
	GradualLeaf like = {.oid = known->oid,.qualified = known->name};
	GradualLeaf *key = &like;
	GradualLeaf **found;

	found = bsearch(&key, by_oid ? present->by_oid : present->by_name, present->count,
					sizeof(GradualLeaf *), by_oid ? compare_oids : compare_names);
	return found == NULL || (*found)->known ? NULL : *found;
}

static void
find_leaves(Known *all, int count, const Present *present, bool by_oid)
{
	for (int i = 0; i < count; i++)
	{
		if (all[i].leaf != NULL)
			continue;
		all[i].leaf = find_leaf(present, &all[i], by_oid);
		if (all[i].leaf != NULL)
			all[i].leaf->known = true;
	}
}

/* --- the list --- */

static GradualLeaf *
absent_leaf(const Known *known)
{
	GradualLeaf *leaf = palloc0(sizeof(GradualLeaf));

	leaf->qualified = pstrdup(known->name);
	leaf->name = leaf->qualified;
	return leaf;
}

static char *
element_of(Oid oid, const char *name)
{
	return psprintf("%u %s", oid, name);
}

List *
gradual_known_leaves(List *leaves, List **known, bool learn, const GradualLeaf **stranger)
{
	char	   *here = this_database();
	bool		is_here = *known == NIL || strcmp(linitial(*known), here) == 0;
	int			count = gradual_known_count(*known);
	Known	   *all = parse(*known);
	Present		present;
	List	   *result = NIL;
	List	   *kept = list_make1(here);
	bool		one_is_gone = false;
	ListCell   *lc;

	index_leaves(&present, leaves);
	if (is_here)
		find_leaves(all, count, &present, true);
	find_leaves(all, count, &present, false);
	for (int i = 0; i < count; i++)
	{
		const GradualLeaf *leaf = all[i].leaf;

		one_is_gone |= leaf == NULL;
		result = lappend(result, leaf != NULL ? all[i].leaf : absent_leaf(&all[i]));
		kept = lappend(kept, leaf != NULL ? element_of(leaf->oid, leaf->qualified) :
					   element_of(is_here ? all[i].oid : InvalidOid, all[i].name));
	}

	*stranger = NULL;
	foreach(lc, leaves)
	{
		GradualLeaf *leaf = lfirst(lc);

		if (leaf->known)
			continue;
		if (!is_here && one_is_gone)
			*stranger = leaf;
		if (!learn)
			continue;
		result = lappend(result, leaf);
		kept = lappend(kept, element_of(leaf->oid, leaf->qualified));
	}
	*known = kept;
	return result;
}
