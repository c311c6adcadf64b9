/*
 * mapping.c
 *	  Which columns of the source go where in an INSERT .. SELECT.
 *
 * Works on the analysed query, so it does not matter how the statement was
 * written: with names, with *, with or without a list of columns.  Columns are
 * handed on by their names, since a clone and a partition number them in other
 * ways.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "base/ident.h"
#include "script/key_index.h"
#include "script/mapping.h"

Query *
gradual_mapping_select(Query *insert)
{
	RangeTblRef *ref;
	RangeTblEntry *entry;

	if (list_length(insert->jointree->fromlist) != 1 ||
		!IsA(linitial(insert->jointree->fromlist), RangeTblRef))
		return NULL;
	ref = linitial_node(RangeTblRef, insert->jointree->fromlist);
	entry = rt_fetch(ref->rtindex, insert->rtable);
	return entry->rtekind == RTE_SUBQUERY ? entry->subquery : NULL;
}

/* What is NULL for rows that have no partner must not be walked. */
static List *
collect_candidates(Node *from, List *found)
{
	JoinExpr   *join;

	if (IsA(from, RangeTblRef))
		return lappend_int(found, ((RangeTblRef *) from)->rtindex);
	if (!IsA(from, JoinExpr))
		return found;
	join = (JoinExpr *) from;
	if (join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT)
		found = collect_candidates(join->larg, found);
	if (join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT)
		found = collect_candidates(join->rarg, found);
	return found;
}

/*
 * An alias on the whole of a join hides the names in it, so that nothing could
 * be said about the table.
 */
static bool
has_join_alias(Query *select)
{
	ListCell   *lc;

	foreach(lc, select->rtable)
	{
		RangeTblEntry *entry = lfirst(lc);

		if (entry->rtekind == RTE_JOIN && entry->alias != NULL)
			return true;
	}
	return false;
}

List *
gradual_mapping_candidates(Query *select)
{
	List	   *found = NIL;
	List	   *tables = NIL;
	ListCell   *lc;

	if (has_join_alias(select))
		return NIL;
	foreach(lc, select->jointree->fromlist)
		found = collect_candidates(lfirst(lc), found);
	foreach(lc, found)
	{
		RangeTblEntry *entry = rt_fetch(lfirst_int(lc), select->rtable);

		if (entry->rtekind == RTE_RELATION && entry->tablesample == NULL &&
			(entry->relkind == RELKIND_RELATION ||
			 entry->relkind == RELKIND_PARTITIONED_TABLE))
			tables = lappend_int(tables, lfirst_int(lc));
	}
	return tables;
}

Index
gradual_mapping_walked(Query *select, const char *name)
{
	ListCell   *lc;

	foreach(lc, gradual_mapping_candidates(select))
	{
		RangeTblEntry *entry = rt_fetch(lfirst_int(lc), select->rtable);

		if (strcmp(entry->eref->aliasname, name) == 0)
			return lfirst_int(lc);
	}
	return 0;
}

/* What the INSERT casts to the type of its column */
static Node *
without_casts(Node *value)
{
	while (value != NULL)
	{
		if (IsA(value, RelabelType))
			value = (Node *) ((RelabelType *) value)->arg;
		else if (IsA(value, CoerceToDomain))
			value = (Node *) ((CoerceToDomain *) value)->arg;
		else if (IsA(value, CoerceViaIO))
			value = (Node *) ((CoerceViaIO *) value)->arg;
		else if (IsA(value, ArrayCoerceExpr))
			value = (Node *) ((ArrayCoerceExpr *) value)->arg;
		else if (IsA(value, ConvertRowtypeExpr))
			value = (Node *) ((ConvertRowtypeExpr *) value)->arg;
		else if (IsA(value, FuncExpr) && ((FuncExpr *) value)->args != NIL &&
				 ((FuncExpr *) value)->funcformat == COERCE_IMPLICIT_CAST)
			value = linitial(((FuncExpr *) value)->args);
		else
			break;
	}
	return value;
}

/* The place in the select list that a value comes from, casts aside; 0 = none */
static AttrNumber
position_of(Node *value)
{
	value = without_casts(value);
	return value != NULL && IsA(value, Var) ? ((Var *) value)->varattno : 0;
}

List *
gradual_mapping_columns(Query *insert, Index walked)
{
	Query	   *select = gradual_mapping_select(insert);
	Oid			target = rt_fetch(insert->resultRelation, insert->rtable)->relid;
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, insert->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		AttrNumber	position = position_of((Node *) entry->expr);
		GradualMapped *mapped;
		Expr	   *value;

		if (entry->resjunk || position <= 0 || position > list_length(select->targetList))
			continue;
		value = list_nth_node(TargetEntry, select->targetList, position - 1)->expr;
		mapped = palloc0(sizeof(GradualMapped));
		mapped->column = get_attname(target, entry->resno, false);
		mapped->position = position;
		mapped->value = value;
		if (IsA(value, Var) && ((Var *) value)->varno == walked &&
			((Var *) value)->varlevelsup == 0 && ((Var *) value)->varattno > 0)
			mapped->copied = get_attname(rt_fetch(walked, select->rtable)->relid,
										 ((Var *) value)->varattno, false);
		columns = lappend(columns, mapped);
	}
	return columns;
}

/* --- the key --- */

/* Does a key keep its value, and so equal nothing else, as that type? */
static bool
keeps_value(Oid from, int32 from_typmod, Oid to, int32 to_typmod)
{
	if (from == to)
		return to_typmod < 0 || to_typmod == from_typmod;
	switch (from)
	{
		case INT2OID:
			return to == INT4OID || to == INT8OID;
		case INT4OID:
			return to == INT8OID;
		case VARCHAROID:
			return to == TEXTOID;
		case TEXTOID:
			return to == VARCHAROID && to_typmod < 0;
		default:
			return false;
	}
}

/* A column of the target that is this column of the source, as it stands */
static GradualMapped *
copy_of(Query *insert, List *columns, Form_pg_attribute source)
{
	Oid			target = rt_fetch(insert->resultRelation, insert->rtable)->relid;
	ListCell   *lc;

	foreach(lc, columns)
	{
		GradualMapped *mapped = lfirst(lc);
		Oid			type;
		int32		typmod;
		Oid			collation;

		if (mapped->copied == NULL || strcmp(mapped->copied, NameStr(source->attname)) != 0)
			continue;
		get_atttypetypmodcoll(target, get_attnum(target, mapped->column),
							  &type, &typmod, &collation);
		if (keeps_value(source->atttypid, source->atttypmod, type, typmod) &&
			collation == source->attcollation)
			return mapped;
	}
	return NULL;
}

/* 'OPERATOR(pg_catalog.=)': what the type's unique indexes go by */
static char *
equality(Oid type)
{
	Oid			operator = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;

	if (!OidIsValid(operator))
		elog(ERROR, "type %u has no equality operator", type);
	return gradual_ident_operator(operator);
}

/* A constant of the select list, or of the target's type as the INSERT made it */
static Const *
constant_of(Query *select, TargetEntry *entry)
{
	Node	   *value = (Node *) entry->expr;
	AttrNumber	position = position_of(value);

	if (position > 0 && position <= list_length(select->targetList))
		value = (Node *) list_nth_node(TargetEntry, select->targetList, position - 1)->expr;
	else
		value = without_casts(value);
	return value != NULL && IsA(value, Const) && !((Const *) value)->constisnull ?
		(Const *) value : NULL;
}

static bool
is_written_one_way(Oid type)
{
	return type == TEXTOID || type == VARCHAROID ||
		type == INT2OID || type == INT4OID || type == INT8OID;
}

/*
 * Rows of several tables may come together in one, told apart by a constant.
 * Only types whose values have one way to be written: text and integers.
 */
static void
read_constants(Query *insert, GradualMappedKey *key)
{
	Query	   *select = gradual_mapping_select(insert);
	Oid			target = rt_fetch(insert->resultRelation, insert->rtable)->relid;
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, insert->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		Const	   *constant = entry->resjunk ? NULL : constant_of(select, entry);
		Oid			type = get_atttype(target, entry->resno);
		char	   *column;
		Oid			output;
		bool		is_varlena;

		if (constant == NULL || !is_written_one_way(type) ||
			(constant->consttype != UNKNOWNOID && !is_written_one_way(constant->consttype)))
			continue;
		column = get_attname(target, entry->resno, false);
		getTypeOutputInfo(constant->consttype, &output, &is_varlena);
		key->constants = lappend(key->constants, column);
		appendStringInfo(&sql, " AND %s.%s %s %s::%s", GRADUAL_MAPPING_COPY,
						 quote_identifier(column), equality(type),
						 quote_literal_cstr(OidOutputFunctionCall(output, constant->constvalue)),
						 format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY));
	}
	key->same_constants = sql.data;
}

static GradualMappedKey *
read_key(Query *insert, List *columns, Relation source, Oid oid)
{
	Oid			target = rt_fetch(insert->resultRelation, insert->rtable)->relid;
	Relation	index = index_open(oid, AccessShareLock);
	GradualMappedKey *key = palloc0(sizeof(GradualMappedKey));

	key->count = IndexRelationGetNumberOfKeyAttributes(index);
	key->source = palloc(sizeof(char *) * key->count);
	key->target = palloc(sizeof(char *) * key->count);
	key->types = palloc(sizeof(Oid) * key->count);
	key->casts = palloc(sizeof(char *) * key->count);
	key->source_equals = palloc(sizeof(char *) * key->count);
	key->target_equals = palloc(sizeof(char *) * key->count);
	for (int i = 0; i < key->count; i++)
	{
		AttrNumber	number = index->rd_index->indkey.values[i];
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(source), number - 1);
		GradualMapped *mapped = copy_of(insert, columns, attribute);
		Oid			type = get_atttype(target, get_attnum(target, mapped->column));

		key->source[i] = pstrdup(NameStr(attribute->attname));
		key->target[i] = mapped->column;
		key->types[i] = attribute->atttypid;

		/*
		 * not 'character' and 'bit', which are one character, and one bit,
		 * long
		 */
		key->casts[i] = format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN |
											 FORMAT_TYPE_FORCE_QUALIFY);
		key->source_equals[i] = equality(attribute->atttypid);
		key->target_equals[i] = equality(type);
	}
	index_close(index, NoLock);
	read_constants(insert, key);
	return key;
}

GradualMappedKey *
gradual_mapping_key(Query *insert, List *columns, Relation source)
{
	TupleDesc	descriptor = RelationGetDescr(source);
	Bitmapset  *avoid = NULL;
	Oid			index;

	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (!attribute->attisdropped && copy_of(insert, columns, attribute) == NULL)
			avoid = bms_add_member(avoid, attribute->attnum - FirstLowInvalidHeapAttributeNumber);
	}
	index = gradual_change_find_key(source, avoid);
	return OidIsValid(index) ? read_key(insert, columns, source, index) : NULL;
}

bool
gradual_mapping_is_of_key(const GradualMappedKey *key, const char *column)
{
	for (int i = 0; i < key->count; i++)
	{
		if (strcmp(key->target[i], column) == 0)
			return true;
	}
	return false;
}

/* --- texts --- */

char *
gradual_mapping_source_is(const GradualMappedKey *key, const char *walks, int first)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < key->count; i++)
		appendStringInfo(&sql, "%s%s.%s %s $%d", i > 0 ? " AND " : "",
						 quote_identifier(walks), quote_identifier(key->source[i]),
						 key->source_equals[i], first + i);
	return sql.data;
}

char *
gradual_mapping_copy_is(const GradualMappedKey *key, int first)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < key->count; i++)
		appendStringInfo(&sql, "%s%s.%s %s $%d::%s", i > 0 ? " AND " : "",
						 GRADUAL_MAPPING_COPY, quote_identifier(key->target[i]),
						 key->target_equals[i], first + i, key->casts[i]);
	appendStringInfoString(&sql, key->same_constants);
	return sql.data;
}

char *
gradual_mapping_is_copy(const GradualMappedKey *key, const char *walks)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < key->count; i++)
		appendStringInfo(&sql, "%s%s.%s %s %s.%s::%s", i > 0 ? " AND " : "",
						 GRADUAL_MAPPING_COPY, quote_identifier(key->target[i]),
						 key->target_equals[i], quote_identifier(walks),
						 quote_identifier(key->source[i]), key->casts[i]);
	appendStringInfoString(&sql, key->same_constants);
	return sql.data;
}

/*
 * OFFSET 0 keeps the planner from making a join of it: while the target is empty
 * that would look cheap, and read all of it in every batch from then on.
 */
char *
gradual_mapping_not_copied(const GradualMappedKey *key, const char *target, const char *walks)
{
	return psprintf("NOT EXISTS (SELECT FROM %s AS %s WHERE %s OFFSET 0)", target,
					GRADUAL_MAPPING_COPY, gradual_mapping_is_copy(key, walks));
}
