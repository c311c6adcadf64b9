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
#include "utils/syscache.h"

#include "base/ident.h"
#include "base/token.h"
#include "run/index_text.h"

#define RENAME_PREFIX "ALTER INDEX "
#define RENAME_TO " RENAME TO "
#define CONSTRAIN_PREFIX "ALTER TABLE "
#define USING_COPY " USING INDEX " GRADUAL_INTERIM_PREFIX
#define IF_MISSING " IF NOT EXISTS "
#define CREATE_PREFIX "CREATE "

/* What follows the name of the table in a definition: ' USING btree (a)'. */
char *
gradual_index_text_tail(Oid index)
{
	char	   *definition =
	TextDatumGetCString(DirectFunctionCall1(pg_get_indexdef,
											ObjectIdGetDatum(index)));
	char	   *table = gradual_ident_qualified(IndexGetRelation(index, false));
	char	   *found = strstr(definition, psprintf(" %s USING ", table));

	if (found == NULL)
		elog(ERROR, "unexpected index definition: %s", definition);
	return found + strlen(table) + 1;
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

char *
gradual_index_text_place(const char *table, Oid index, const char *qualified, const char *name)
{
	Oid			constraint = get_index_constraint(index);

	if (!OidIsValid(constraint))
		return psprintf(RENAME_PREFIX "%s" RENAME_TO "%s", qualified,
						quote_identifier(get_rel_name(index)));
	return psprintf(CONSTRAIN_PREFIX "%s ADD CONSTRAINT %s %s", table,
					quote_identifier(get_constraint_name(constraint)),
					gradual_index_text_using(constraint, name));
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

/* Of 'schema."Table"' */
static int
name_length(const char *qualified)
{
	bool		escapes = false;
	const char *dot = gradual_token_end(qualified, &escapes);

	return gradual_token_end(dot + 1, &escapes) - qualified;
}

/* The relation whose name stands there, in the schema of the table whose name stands elsewhere. */
static Oid
find_beside(const char *table, const char *name)
{
	bool		escapes = false;
	Oid			relid = gradual_ident_find(pnstrdup(table, name_length(table)));
	const char *end = gradual_token_end(name, &escapes);

	if (!OidIsValid(relid))
		return InvalidOid;
	return gradual_ident_find(psprintf("%s.%s", quote_identifier(get_namespace_name(get_rel_namespace(relid))),
									   pnstrdup(name, end - name)));
}

Oid
gradual_index_text_copy(const char *command)
{
	const char *renamed = strstr(command, RENAME_TO);
	const char *using = strstr(command, USING_COPY);
	Oid			copy = InvalidOid;

	if (strncmp(command, RENAME_PREFIX, strlen(RENAME_PREFIX)) == 0 && renamed != NULL)
		copy = gradual_ident_find(pnstrdup(command + strlen(RENAME_PREFIX),
										   renamed - command - strlen(RENAME_PREFIX)));
	else if (strncmp(command, CONSTRAIN_PREFIX, strlen(CONSTRAIN_PREFIX)) == 0 && using != NULL)
		copy = find_beside(command + strlen(CONSTRAIN_PREFIX), using + strlen(" USING INDEX "));
	return get_rel_relkind(copy) == RELKIND_INDEX &&
		gradual_ident_is_interim(get_rel_name(copy)) ? copy : InvalidOid;
}

char *
gradual_index_text_shell_missing(const char *create)
{
	bool		escapes = false;
	const char *name = strstr(create, IF_MISSING);
	const char *table;
	char	   *found;

	if (strncmp(create, CREATE_PREFIX, strlen(CREATE_PREFIX)) != 0 || name == NULL)
		return NULL;
	name += strlen(IF_MISSING);
	table = gradual_token_end(name, &escapes) + strlen(" ON ");
	found = pnstrdup(table, name_length(table));
	return !OidIsValid(gradual_ident_find(found)) || OidIsValid(find_beside(table, name)) ?
		NULL : found;
}

bool
gradual_index_text_brings_back(const char *command)
{
	return strncmp(command, RENAME_PREFIX, strlen(RENAME_PREFIX)) == 0 ||
		strncmp(command, CONSTRAIN_PREFIX, strlen(CONSTRAIN_PREFIX)) == 0 ||
		strncmp(command, CREATE_PREFIX, strlen(CREATE_PREFIX)) == 0;
}
