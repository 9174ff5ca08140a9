/* Messages of the program itself: command line, files, XML and its schema, arrays, workloads, solver, helpers. */
#include "gen/explain.h"

static const ExplainRow rows[] = {
    {"CHK-0001", "The document is well-formed, but its root element is none of tech, cells, plan and arch, so there is no reader that could judge it. "
                 "cells.xml is checked by every command that reads the technology's cells."},
    {"CHK-0002", "`check` chooses the reader by the ending of the name and knows .xml, .onnx and .npy. Views are checked by `apugen verify OUT`."},
    {"CLI-0001", "No command has that option; nothing was done. `apugen COMMAND --help` lists a command's options, `apugen help` all of them."},
    {"CLI-0002", "The option stands at the end of the line without its value. Write --name VALUE or --name=VALUE."},
    {"CLI-0003", "The option's value is not a whole number in the range given, or not one of its words (stages for --stop-after, text or json for "
                 "--format, bash, zsh or fish for completion). Correct it; nothing was done."},
    {"CLI-0004", "The command cannot run without the argument or option named, for example --tech for run and build, or --workload beside --labels."},
    {"CLI-0005", "More arguments than the command takes: channel and floorplan take one file. Quote names with blanks."},
    {"CLI-0006", "The first word is not a command. `apugen help` lists them."},
    {"CLI-0007", "`infer` computes either the integers of the hardware (--exact) or the analog model of a finished design (--analog OUT); "
                 "neither means ONNX float semantics. Give one of the two."},
    {"CLI-0008", "The design that is ported stays as it is: the port needs an output folder of its own, -o OUT2."},
    {"CLI-0009", "`draw` knows the cells that its message lists: gates of the digital rows, functions of the array (all their variants), one variant as function_variant, `array` and `crossbar`. Without a name it draws all."},
    {"CLI-0010", "The option belongs to other commands and would have no effect on this one; nothing was done. `apugen COMMAND --help` lists what a "
                 "command takes."},
    {"EXP-0001", "There is no such id or area. Ids are written as in the message's brackets, in capitals: MAP-0031."},
    {"IO-0001", "The file or folder cannot be opened for reading; the operating system's reason stands behind it (no such file, no right). "
                "Nothing was written."},
    {"IO-0002", "A folder stands where a file is needed. Name the file in it."},
    {"IO-0003", "The file is larger than this kind of file may be; the limit in bytes is in the message (XML 64 MB, ONNX 512 MB, .npy 4 GB, "
                "GDS, DEF and SPICE 1 GB). Larger ones are refused before memory is taken for them."},
    {"IO-0004", "Writing failed, or would fail (files named by options are tried before the work): disk full, no such folder, no right, or a file stands where a folder is wanted. Outputs are written to a temporary name and "
                "renamed when complete, so what was there before is untouched. Make room or give another -o, then run again."},
    {"IO-0005", "Another run holds the lock of this output folder. Wait for it, or give another folder with -o. The lock goes away with its "
                "process; a stale .lock file does no harm."},
    {"IO-0006", "Standard output could not be written to the end (closed pipe, full disk). Files that were committed are complete."},
    {"LP-0001", "GLPK ended with an error instead of a verdict; its own words are in the message. An internal error: please report it with "
                "the command and its input."},
    {"LP-0002", "Numbers of a network-flow or assignment problem exceed what the solver can add without overflow (GLPK computes flows in 32 bits). "
                "Sizes or weights of the input are far beyond a chip: check units."},
    {"MDL-0001", "The behavioural model needs a figure that the chosen variant has not in cells.xml, and none is ever guessed. Characterise the "
                 "function named: `apugen characterize FUNCTION --tech T`."},
    {"MDL-0002", "The folder's report.json is missing, is not JSON, or lacks a number of its \"model\" object, so it is not the report of a design "
                 "that went through the whole flow. Run the flow to its end (no --stop-after) and name that folder."},
    {"NPY-0001", "The file does not begin as NumPy arrays do, or its header has no readable shape. Write it with numpy.save, not savez or "
                 "pickle."},
    {"NPY-0002", "A valid array of a kind that is not read: other type than u1 i1 <i4 <i8 <f4 <f8, Fortran order, a structured type, more "
                 "dimensions than eight or an unknown version. Convert: numpy.ascontiguousarray(x, dtype='<f4')."},
    {"NPY-0003", "The file is shorter than its header and shape say, or the shape overflows: it was truncated in copying. Write or copy it again."},
    {"PROC-0001", "A helper that this step needs is not in the PATH: ngspice for characterize and --spice, ghdl for --hdl, iverilog for the "
                  "Verilog-AMS check. Install it (scripts/packages.txt names the Debian packages) or leave the step out."},
    {"PROC-0002", "The helper exists and could not be started; the operating system's reason follows (out of processes or memory, no right to "
                  "execute)."},
    {"SCH-0001", "A required attribute is missing; what it means stands in parentheses. docs/formats.md lists all attributes of the element."},
    {"SCH-0002", "The element has no such attribute; the nearest name is suggested. Unknown attributes are errors so that a misspelt rule is "
                 "never silently ignored."},
    {"SCH-0003", "The value is not of the attribute's type. Quantities are written with their unit (\"45nm\", \"0.8V\", \"1.4mV.um\"), "
                 "pure numbers without; booleans are true or false."},
    {"SCH-0004", "The value is outside the range in the message. A factor of 1000 off is usually a wrong unit prefix."},
    {"SCH-0005", "The value is none of the words that the attribute knows; they are listed."},
    {"SCH-0006", "The length is not a whole number of database units. Nothing is rounded: correct the value, or choose a finer dbu."},
    {"SCH-0007", "The child element does not belong there; the nearest name is suggested. Move or rename it."},
    {"WKL-0001", "Inputs and labels differ in number, the array is empty, or a sample has not as many elements as the network's input. The first "
                 "axis of a workload counts samples."},
    {"WKL-0002", "A label is not a whole number 0 … outputs − 1 of the network. Labels are class numbers, not one-hot vectors."},
    {"WKL-0003", "The network's input is of an integer type, and a value of the workload is not such an integer (or beyond 2^24, where float32 is no longer exact). Give the workload in that type."},
    {"XML-0001", "The document is not well-formed UTF-8 XML (the parser's reason and line are in the message), or it ends too early. "
                 "`xmllint --noout FILE` shows all places."},
    {"XML-0002", "Files with a DOCTYPE are refused: entity expansion is a known attack and none of the formats needs it. Delete the DOCTYPE."},
    {"XML-0003", "The document exceeds a limit against hostile input: 64 MB, 64 levels, 256 attributes of one element, 4,000,000 elements."},
};

const ExplainTable explain_program = {rows, COUNTOF(rows)};
