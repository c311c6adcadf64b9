/*
 * index_text.c
 *	  What of an index is needed to make another one like it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/ident.h"
#include "base/spi.h"
#include "base/token.h"
#include "ledger/own.h"
#include "run/index_text.h"

#define RENAME_PREFIX "ALTER INDEX "
#define RENAME_TO " RENAME TO "
#define CONSTRAIN_PREFIX "ALTER TABLE "
#define ADD_CONSTRAINT " ADD CONSTRAINT "
#define USING_COPY " USING INDEX " GRADUAL_INTERIM_PREFIX
#define IF_MISSING " IF NOT EXISTS "
#define CREATE_PREFIX "CREATE "

/* What follows the name of the table in a definition: ' USING btree (a)'. */
static char *
tail_of(Oid index, char *definition)
{
	char	   *table = gradual_ident_qualified(IndexGetRelation(index, false));
	char	   *found = strstr(definition, psprintf(" %s USING ", table));

	if (found == NULL)
		elog(ERROR, "unexpected index definition: %s", definition);
	return found + strlen(table) + 1;
}

char *
gradual_index_text_tail(Oid index)
{
	return tail_of(index, TextDatumGetCString(DirectFunctionCall1(pg_get_indexdef,
																  ObjectIdGetDatum(index))));
}

char *
gradual_index_text_tail_placed(Oid index)
{
	return tail_of(index, pg_get_indexdef_string(index));
}

bool
gradual_index_is_unique(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		unique;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	unique = ((Form_pg_index) GETSTRUCT(tuple))->indisunique;
	ReleaseSysCache(tuple);
	return unique;
}

/* 'UNIQUE (a) DEFERRABLE': the constraint of an index. */
char *
gradual_index_text_constraint(Oid constraint)
{
	return TextDatumGetCString(DirectFunctionCall1(pg_get_constraintdef,
												   ObjectIdGetDatum(constraint)));
}

/* The same, to be made of an index that is there: 'UNIQUE USING INDEX i DEFERRABLE'. */
char *
gradual_index_text_using(Oid constraint, const char *index)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	Form_pg_constraint form;
	char	   *result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	form = (Form_pg_constraint) GETSTRUCT(tuple);
	result = psprintf("%s USING INDEX %s%s%s",
					  form->contype == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE", index,
					  form->condeferrable ? " DEFERRABLE" : "",
					  form->condeferred ? " INITIALLY DEFERRED" : "");
	ReleaseSysCache(tuple);
	return result;
}

/*
 * The name that PostgreSQL itself would give to the index of a partition.  One
 * that has to go, or to take over the name of another one, leaves it alone: a
 * later index of the script gets it.
 */
char *
gradual_index_text_name(Oid parent_index, Oid partition)
{
	Oid			constraint = get_index_constraint(parent_index);
	bool		primary = false;
	Relation	index = index_open(parent_index, AccessShareLock);
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < RelationGetNumberOfAttributes(index); i++)
	{
		const char *column = NameStr(TupleDescAttr(RelationGetDescr(index), i)->attname);

		/* as for the column that it stands for */
		if (gradual_ident_is_interim(column))
			column += strlen(GRADUAL_INTERIM_PREFIX);
		appendStringInfo(&columns, "%s%s", i > 0 ? "_" : "", column);
	}
	if (columns.len >= NAMEDATALEN)
		columns.data[NAMEDATALEN - 1] = '\0';
	primary = index->rd_index->indisprimary;
	index_close(index, AccessShareLock);
	if (!OidIsValid(constraint) && gradual_ident_is_interim(get_rel_name(parent_index)))
		return ChooseRelationName(get_rel_name(parent_index), get_rel_name(partition), "idx",
								  get_rel_namespace(partition), false);
	return ChooseRelationName(get_rel_name(partition), primary ? NULL : columns.data,
							  primary ? "pkey" : OidIsValid(constraint) ? "key" : "idx",
							  get_rel_namespace(partition), OidIsValid(constraint));
}

/* --- what an undo brings back --- */

/* What else was said of the index, and of its constraint, under the name that it will have. */
static char *
marks_of(Oid index)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, index);
	row = gradual_own_row("SELECT pg_catalog.concat("
						  " (SELECT pg_catalog.format('; COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, o.of, pg_catalog.obj_description(k.oid, 'pg_constraint'))"
						  "  FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u')"
						  "  AND pg_catalog.obj_description(k.oid, 'pg_constraint') IS NOT NULL),"
						  " CASE WHEN i.indisclustered THEN pg_catalog.format('; ALTER TABLE %s CLUSTER ON %I', o.of, x.relname) END,"
						  " (SELECT pg_catalog.string_agg(pg_catalog.format('; ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, x.relname, a.attnum, a.attstattarget), '')"
						  "  FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0))"
						  " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace"
						  " JOIN pg_catalog.pg_class t ON t.oid = i.indrelid, LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, t.relname) AS of) o"
						  " WHERE i.indexrelid = $1", &args);
	return row == NULL ? "" : gradual_row_text(row, 1);
}

char *
gradual_index_text_place(const char *table, Oid index, const char *qualified, const char *name)
{
	Oid			constraint = get_index_constraint(index);

	if (!OidIsValid(constraint))
		return psprintf(RENAME_PREFIX "%s" RENAME_TO "%s%s", qualified,
						quote_identifier(get_rel_name(index)), marks_of(index));
	return psprintf(CONSTRAIN_PREFIX "%s" ADD_CONSTRAINT "%s %s%s", table,
					quote_identifier(get_constraint_name(constraint)),
					gradual_index_text_using(constraint, name), marks_of(index));
}

char *
gradual_index_text_referring(Oid index)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, index);
	row = gradual_own_row("SELECT pg_catalog.format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, t.relname, k.conname)"
						  " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.confrelid = i.indrelid"
						  " JOIN pg_catalog.pg_class t ON t.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace"
						  " WHERE i.indexrelid = $1 AND k.contype = 'f' AND k.conparentid = 0 ORDER BY 1 LIMIT 1", &args);
	return row == NULL ? NULL : gradual_row_text(row, 1);
}

char *
gradual_index_text_shell(Oid index)
{
	return OidIsValid(get_index_constraint(index)) ? NULL :
		psprintf("CREATE %sINDEX%s%s ON %s%s",
				 gradual_index_is_unique(index) ? "UNIQUE " : "", IF_MISSING,
				 quote_identifier(get_rel_name(index)),
				 gradual_ident_qualified(IndexGetRelation(index, false)),
				 gradual_index_text_tail(index));
}

/* A doubled quote is part of a name: a token ends there, and the next begins. */
static const char *
name_end(const char *name)
{
	bool		escapes = false;
	const char *end = gradual_token_end(name, &escapes);

	while (*name == '"' && *end == '"')
		end = gradual_token_end(end, &escapes);
	return end;
}

/* Of 'schema."Table"' */
static const char *
qualified_end(const char *qualified)
{
	return name_end(name_end(qualified) + strlen("."));
}

static bool
begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static Oid
find_qualified(const char *qualified)
{
	return gradual_ident_find(pnstrdup(qualified, qualified_end(qualified) - qualified));
}

/* The relation whose name stands there, in the schema of another whose name stands elsewhere. */
static Oid
find_beside(const char *other, const char *name)
{
	if (!OidIsValid(find_qualified(other)))
		return InvalidOid;
	return gradual_ident_find(psprintf("%s.%s", pnstrdup(other, name_end(other) - other),
									   pnstrdup(name, name_end(name) - name)));
}

/* The copy 'schema._gradual_index_1' that gets a name; InvalidOid = no such text */
static Oid
find_renamed(const char *command)
{
	const char *name = command + strlen(RENAME_PREFIX);

	return begins_with(command, RENAME_PREFIX) && begins_with(qualified_end(name), RENAME_TO) ?
		find_qualified(name) : InvalidOid;
}

/* The same for one that gets a constraint. */
static Oid
find_used(const char *command)
{
	const char *table = command + strlen(CONSTRAIN_PREFIX);
	const char *constraint;
	const char *using;

	if (!begins_with(command, CONSTRAIN_PREFIX) ||
		!begins_with(qualified_end(table), ADD_CONSTRAINT))
		return InvalidOid;
	constraint = qualified_end(table) + strlen(ADD_CONSTRAINT);
	using = strstr(name_end(constraint), USING_COPY);
	return using == NULL ? InvalidOid : find_beside(table, using + strlen(" USING INDEX "));
}

Oid
gradual_index_text_original(const char *command)
{
	const char *own = command + strlen(RENAME_PREFIX);
	const char *table = command + strlen(CONSTRAIN_PREFIX);

	if (OidIsValid(find_renamed(command)))
		return find_beside(own, qualified_end(own) + strlen(RENAME_TO));
	if (OidIsValid(find_used(command)))
		return find_beside(table, qualified_end(table) + strlen(ADD_CONSTRAINT));
	return InvalidOid;
}

Oid
gradual_index_text_copy(const char *command)
{
	Oid			copy = find_renamed(command);

	if (!OidIsValid(copy))
		copy = find_used(command);
	return get_rel_relkind(copy) == RELKIND_INDEX &&
		gradual_ident_is_interim(get_rel_name(copy)) ? copy : InvalidOid;
}

char *
gradual_index_text_shell_missing(const char *create)
{
	const char *name = strstr(create, IF_MISSING);
	const char *table;

	if (!begins_with(create, CREATE_PREFIX) || name == NULL)
		return NULL;
	name += strlen(IF_MISSING);
	table = name_end(name) + strlen(" ON ");
	return !OidIsValid(find_qualified(table)) || OidIsValid(find_beside(table, name)) ?
		NULL : pnstrdup(table, qualified_end(table) - table);
}

bool
gradual_index_text_brings_back(const char *command)
{
	return begins_with(command, RENAME_PREFIX) || begins_with(command, CONSTRAIN_PREFIX) ||
		begins_with(command, CREATE_PREFIX);
}
