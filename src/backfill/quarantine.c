/*
 * quarantine.c
 *	  Rows that a backfill leaves out, since each of them raised an error alone.
 *
 * A row is known by a unique key, and read from its noted image.  Where there is
 * none its address and that image tell it: once it is updated it is another row,
 * which is tried anew; and so is one that a rewrite or a restore has moved, until
 * it is asked for by retry_quarantined(), which looks for the image.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/errors.h"
#include "base/ident.h"
#include "base/spi.h"
#include "backfill/quarantine.h"
#include "script/key_index.h"

#define SAME_IMAGE \
	"pg_catalog.to_jsonb(_gradual_t) OPERATOR(pg_catalog.=) pg_catalog.to_jsonb(_gradual_r)"

/* The columns of a unique key, quoted, with a prefix: 't.a, t.b'; NULL = there is none */
static char *
key_list(Relation rel, const char *prefix)
{
	Oid			oid = gradual_change_find_key(rel, NULL);
	StringInfoData list;
	Relation	index;

	if (!OidIsValid(oid))
		return NULL;
	initStringInfo(&list);
	index = index_open(oid, AccessShareLock);
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
	{
		AttrNumber	number = index->rd_index->indkey.values[i];
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), number - 1);

		appendStringInfo(&list, "%s%s%s", i > 0 ? ", " : "", prefix,
						 quote_identifier(NameStr(attribute->attname)));
	}
	index_close(index, NoLock);
	return list.data;
}

/* SQL for '(a, b)=(1, x)' or 'ctid (0,7)' */
static char *
key_words(Relation rel)
{
	char	   *names = key_list(rel, "");

	if (names == NULL)
		return pstrdup("pg_catalog.concat('ctid ', _gradual_t.ctid)");
	return psprintf("pg_catalog.concat(%s, pg_catalog.concat_ws(', ', %s), ')')",
					quote_literal_cstr(psprintf("(%s)=(", names)), key_list(rel, "_gradual_t."));
}

bool
gradual_quarantine_note(int32 migration, int step, const GradualLeaf *leaf,
						const ItemPointerData *tid, int sqlstate, const char *message)
{
	Relation	rel = gradual_leaf_open(leaf);
	GradualQuarantined row = {.step = step,.leaf = leaf->qualified};
	GradualRow *found;

	found = gradual_spi_row(psprintf("SELECT %s, pg_catalog.to_jsonb(_gradual_t)::pg_catalog.text FROM ONLY %s AS _gradual_t"
									 " WHERE _gradual_t.ctid = '(%u,%u)'", key_words(rel), leaf->qualified,
									 ItemPointerGetBlockNumber(tid),
									 ItemPointerGetOffsetNumber(tid)), NULL);
	relation_close(rel, NoLock);
	if (found == NULL)
		return false;
	row.key = gradual_row_text(found, 1);
	row.row = gradual_row_text(found, 2);
	row.sqlstate = unpack_sql_state(sqlstate);
	row.message = pstrdup(message);
	gradual_quarantine_add(migration, &row);
	return true;
}

/*
 * The one row of a leaf for which a condition over it and its noted image holds: these
 * are called by names of ours, since a column may be called like either.
 */
static bool
find_row(const GradualQuarantined *row, const GradualLeaf *leaf, const char *condition,
		 ItemPointer tid)
{
	GradualArgs args = {0};
	GradualRow *found;

	gradual_args_text(&args, row->row);
	found = gradual_spi_row(psprintf("SELECT _gradual_t.ctid FROM ONLY %s AS _gradual_t,"
									 " pg_catalog.jsonb_populate_record(NULL::%s, $1::pg_catalog.jsonb) AS _gradual_r"
									 " WHERE %s LIMIT 1", leaf->qualified, leaf->qualified,
									 condition), &args);
	if (found == NULL)
		return false;
	ItemPointerCopy((ItemPointer) DatumGetPointer(found->values[0]), tid);
	return true;
}

/*
 * At its address, if it still is that row.  Both images are made here, since that
 * of a time depends on settings.
 */
static bool
find_there(const GradualQuarantined *row, const GradualLeaf *leaf, ItemPointer tid)
{
	unsigned int block,
				offset;

	return sscanf(row->key, "ctid (%u,%u)", &block, &offset) == 2 &&
		find_row(row, leaf, psprintf("_gradual_t.ctid = '(%u,%u)' AND " SAME_IMAGE, block, offset), tid);
}

/*
 * By the operators that the key itself goes by: what a bare = means is up to who may
 * make operators in the search_path.  NULL: the table has no key.
 */
static char *
key_condition(Relation rel)
{
	Oid			oid = gradual_change_find_key(rel, NULL);
	StringInfoData condition;
	Relation	index;

	if (!OidIsValid(oid))
		return NULL;
	initStringInfo(&condition);
	index = index_open(oid, AccessShareLock);
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
	{
		AttrNumber	number = index->rd_index->indkey.values[i];
		const char *column = quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(rel), number - 1)->attname));
		Oid			input = index->rd_opcintype[i];
		Oid			equal = get_opfamily_member(index->rd_opfamily[i], input, input,
												BTEqualStrategyNumber);

		appendStringInfo(&condition, "%s_gradual_t.%s %s _gradual_r.%s", i > 0 ? " AND " : "",
						 column, gradual_ident_operator(equal), column);
	}
	index_close(index, NoLock);
	return condition.data;
}

/* A column of the key that was renamed: the image does not tell the row any more. */
static void
require_key(const GradualQuarantined *row, const GradualLeaf *leaf, Relation rel)
{
	GradualArgs args = {0};
	GradualRow *found;

	gradual_args_text(&args, row->row);
	found = gradual_spi_row(psprintf("SELECT pg_catalog.num_nulls(%s) FROM pg_catalog.jsonb_populate_record(NULL::%s, $1::pg_catalog.jsonb) AS _gradual_r",
									 key_list(rel, "_gradual_r."), leaf->qualified), &args);
	if (gradual_row_int(found, 1, 0) > 0)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("the key of table %s has other columns than when the row was noted",
						leaf->qualified),
				 errhint("Give its columns the names that they had then.")));
}

bool
gradual_quarantine_find(const GradualQuarantined *row, const GradualLeaf *leaf, Relation rel,
						ItemPointer tid)
{
	char	   *condition = key_condition(rel);

	if (condition == NULL)
		return find_there(row, leaf, tid) || find_row(row, leaf, SAME_IMAGE, tid);
	if (find_row(row, leaf, condition, tid))
		return true;
	require_key(row, leaf, rel);
	return false;
}

/* For a batch it is too much to look for an image in all the table. */
GradualTids *
gradual_quarantine_places(int32 migration, int step, const GradualLeaf *leaf, Relation rel)
{
	GradualTids *places = palloc0(sizeof(GradualTids));
	char	   *condition = key_condition(rel);
	ListCell   *lc;

	foreach(lc, gradual_quarantine_rows(migration, step, leaf->qualified))
	{
		ItemPointerData tid;

		if (condition != NULL ? find_row(lfirst(lc), leaf, condition, &tid) :
			find_there(lfirst(lc), leaf, &tid))
			gradual_tids_add(places, &tid);
	}
	gradual_tids_sort(places, 0);
	return places;
}
