/*
 * key_columns.c
 *	  The key of a leaf as SQL text.
 *
 * The operators are those of the column's default operator class, which is the
 * class of the index: so the index serves them, and ORDER BY of the bare
 * columns is its order.
 *
 * Values are those of a domain's base type: what the domain checks, or how it
 * sorts elsewhere, does not matter to a key that is there.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/pg_am_d.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/errors.h"
#include "base/ident.h"
#include "base/identity.h"
#include "backfill/key_columns.h"
#include "script/key_index.h"

static char *
column_operator(Oid type, int strategy)
{
	Oid			opclass = GetDefaultOpClass(type, BTREE_AM_OID);
	Oid			family = get_opclass_family(opclass);
	Oid			input = get_opclass_input_type(opclass);
	Oid			operator = get_opfamily_member(family, input, input, strategy);

	if (!OidIsValid(operator))
		elog(ERROR, "missing operator %d of type %u", strategy, type);
	return gradual_ident_operator(operator);
}

/* One operator must do for all columns: a row comparison has but one. */
static void
set_operators(GradualKeyColumns *key, const GradualLeaf *leaf)
{
	key->greater = column_operator(key->types[0], BTGreaterStrategyNumber);
	key->at_most = column_operator(key->types[0], BTLessEqualStrategyNumber);
	for (int i = 1; i < key->count; i++)
	{
		if (strcmp(column_operator(key->types[i], BTGreaterStrategyNumber), key->greater) != 0)
			ereport(ERROR,
					(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
					 errmsg("key of table %s compares its columns with different operators",
							leaf->qualified),
					 errhint("Add a unique key over NOT NULL columns of built-in types.")));
	}
}

static Bitmapset *
assigned_columns(const GradualLeaf *leaf, List *assigned)
{
	Bitmapset  *columns = NULL;
	ListCell   *lc;

	foreach(lc, assigned)
	{
		AttrNumber	number = get_attnum(leaf->oid, lfirst(lc));

		if (number > 0)
			columns = bms_add_member(columns, number - FirstLowInvalidHeapAttributeNumber);
	}
	return columns;
}

GradualKeyColumns *
gradual_key_columns(const GradualLeaf *leaf, Relation rel, List *assigned)
{
	Oid			oid = gradual_change_find_key(rel, assigned_columns(leaf, assigned));
	GradualKeyColumns *key = palloc0(sizeof(GradualKeyColumns));
	Relation	index;

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("table %s has no unique key by which its rows can be walked once each",
						leaf->qualified),
				 errdetail("Nothing in the statement proves that a row was changed before, so each key is visited once."),
				 errhint("ALTER TABLE %s ADD PRIMARY KEY (..);", leaf->qualified)));
	index = index_open(oid, AccessShareLock);
	key->count = IndexRelationGetNumberOfKeyAttributes(index);
	key->names = palloc(sizeof(char *) * key->count);
	key->types = palloc(sizeof(Oid) * key->count);
	key->numbers = palloc(sizeof(AttrNumber) * key->count);
	for (int i = 0; i < key->count; i++)
	{
		AttrNumber	number = index->rd_index->indkey.values[i];
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), number - 1);

		key->names[i] = pstrdup(quote_identifier(NameStr(attribute->attname)));
		key->types[i] = getBaseType(attribute->atttypid);
		key->numbers[i] = number;
	}
	index_close(index, NoLock);
	set_operators(key, leaf);
	return key;
}

static void
append_row(StringInfo sql, const GradualKeyColumns *key, const char *alias, int first)
{
	appendStringInfoString(sql, key->count > 1 ? "ROW(" : "(");
	for (int i = 0; i < key->count; i++)
	{
		if (i > 0)
			appendStringInfoString(sql, ", ");
		if (first > 0)
			appendStringInfo(sql, "$%d", first + i);
		else if (alias)
			appendStringInfo(sql, "%s.%s", alias, key->names[i]);
		else
			appendStringInfoString(sql, key->names[i]);
	}
	appendStringInfoChar(sql, ')');
}

char *
gradual_key_condition(const GradualKeyColumns *key, const char *alias, bool lower, bool upper)
{
	StringInfoData sql;

	initStringInfo(&sql);
	if (lower)
	{
		append_row(&sql, key, alias, 0);
		appendStringInfo(&sql, " %s ", key->greater);
		append_row(&sql, key, alias, 1);
	}
	if (lower && upper)
		appendStringInfoString(&sql, " AND ");
	if (upper)
	{
		append_row(&sql, key, alias, 0);
		appendStringInfo(&sql, " %s ", key->at_most);
		append_row(&sql, key, alias, lower ? key->count + 1 : 1);
	}
	return sql.data;
}

char *
gradual_key_list(const GradualKeyColumns *key, const char *suffix)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < key->count; i++)
		appendStringInfo(&sql, "%s%s%s", i > 0 ? ", " : "", key->names[i], suffix);
	return sql.data;
}

char *
gradual_key_words(const GradualKeyColumns *key, List *texts)
{
	StringInfoData words;
	ListCell   *lc;

	initStringInfo(&words);
	appendStringInfo(&words, "(%s)=(", gradual_key_list(key, ""));
	foreach(lc, texts)
		appendStringInfo(&words, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 (char *) lfirst(lc));
	appendStringInfoChar(&words, ')');
	return words.data;
}

void
gradual_key_read(const GradualKeyColumns *key, List *texts, Datum *values)
{
	int			level;

	if (list_length(texts) != key->count)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("key of a backfilled table has another number of columns than when the backfill began"),
				 errhint("Restore the key, then start the migration again.")));
	level = gradual_identity_pin_texts();
	for (int i = 0; i < key->count; i++)
	{
		Oid			input;
		Oid			element;

		getTypeInputInfo(key->types[i], &input, &element);
		values[i] = OidInputFunctionCall(input, pstrdup(list_nth(texts, i)), element, -1);
	}
	gradual_identity_unpin(level);
}
