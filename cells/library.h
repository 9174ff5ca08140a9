/*
 * The file of characterised cell variants, techs/T/cells.xml: one format for the reader and for `apugen characterize`.
 *
 *   <cells tech="n22">
 *     <variant function="synapse" name="cu1f_rvt" flavour="rvt" p0="1fF" p1="80nm" area="6.1um2">
 *       <data op="one weight, one evaluation" gain="0.99" residual="21uV" tau="12ps" …/>   absent attribute: does not apply (NaN)
 *       <provenance text="deck sha256 …; ngspice-39; apugen characterize synapse --tech n22"/>
 *     </variant>
 *   </cells>
 *
 * The meaning and unit of p0 … p3 depend on the function (cells_param_unit). Numbers are written with 9 digits: writing what
 * was read gives the same bytes.
 */
#ifndef CELLS_LIBRARY_H
#define CELLS_LIBRARY_H

#include "cells/cells.h"
#include "gen/base/xml.h"

/* Unit a parameter is written with ("fF", "nm", "ohm", "" for a pure number), NULL if the function has no such parameter or is
 * none of those that have variants. */
const char *cells_param_unit(const char *function, uint32_t param);

/* The same with its name, and the written number per SI. */
const char *cells_param(const char *function, uint32_t param, const char **name, double *scale);

/* All quantities NaN, op "". */
CellData cells_data_none(void);

/* The characterised quantities of CellData, for readers and writers: a field per quantity and one for `op`, closed by {0}; attributes
 * of those that are not NaN, appended; quantity k with its attribute's name, unit, written number per SI, and meaning. */
enum { CELLS_QUANTITIES = 33 };
void cells_data_fields(Field f[CELLS_QUANTITIES + 2]);
void cells_put_data(Buf *b, const CellData *d);
double cells_quantity(const CellData *d, uint32_t k, const char **name, const char **unit, double *scale, const char **help);

/*
 * Read a library file.
 * Errors  CELL-0001 no such file, CELL-0002 unknown function or parameter, CELL-0003 file of another technology, CELL-0004 a variant
 *         twice, CELL-0005 variant without data or provenance, CELL-0006 not a library file; SCH-*, XML-*, IO-*
 */
Status cells_library_read_file(const Tech *t, const char *path, CellLibrary *out);

/* Write a library, variants in their order. IO-0004 */
Status cells_library_write(const CellLibrary *lib, const Tech *t, const char *path);

#endif
