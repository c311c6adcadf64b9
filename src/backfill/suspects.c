/*
 * suspects.c
 *	  Halving the rows of a batch that raised an error.
 *
 * Of n rows one raises.  Half of them are tried: an error means that it is
 * among these, no error that it is among the others.  Either way half are left,
 * so it stands alone after about log2(n) transactions.  If all of them pass in
 * the end (somebody has corrected the row, or rows raise only together), they
 * are done and batches are as large as before.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "backfill/suspects.h"

GradualSuspects *
gradual_suspects_make(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "gradual suspects",
												  ALLOCSET_SMALL_SIZES);
	GradualSuspects *suspects = MemoryContextAllocZero(context, sizeof(GradualSuspects));

	suspects->context = context;
	return suspects;
}

void
gradual_suspects_free(GradualSuspects *suspects)
{
	if (suspects != NULL)
		MemoryContextDelete(suspects->context);
}

void
gradual_suspects_set(GradualSuspects *suspects, const GradualLeaf *leaf,
					 const ItemPointerData *tids, int count, const char *key)
{
	MemoryContext old = MemoryContextSwitchTo(suspects->context);

	suspects->count = count;
	suspects->leaf = *leaf;
	suspects->leaf.schema = pstrdup(leaf->schema);
	suspects->leaf.name = pstrdup(leaf->name);
	suspects->leaf.qualified = pstrdup(leaf->qualified);
	if (tids != NULL)
	{
		suspects->tids = palloc(sizeof(ItemPointerData) * count);
		memcpy(suspects->tids, tids, sizeof(ItemPointerData) * count);
	}
	if (key != NULL)
		suspects->key = pstrdup(key);
	MemoryContextSwitchTo(old);
}

int
gradual_suspects_begin(GradualSuspects *suspects)
{
	suspects->next = suspects->done;
	return Max((suspects->count - suspects->done) / 2, 1);
}

bool
gradual_suspects_committed(GradualSuspects *suspects)
{
	suspects->done = suspects->next;
	return suspects->done < suspects->count;
}
