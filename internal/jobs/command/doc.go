// Package command turns a job's command template into the command of one subjob.
//
// A template is a list of words. A word may hold placeholders in braces:
//
//   - {in} is the folder of input files, {out} the folder for result files;
//   - {index} is the subjob's index, from 0;
//   - {NAME} is the value of the parameter NAME at the subjob's [fallow.Point];
//   - {slice} is the path of the subjob's slice; {slice2}, {slice3} and so on are
//     those of the second and third slice split of a product.
//
// A slice of several files stands for several words, so its placeholder must then
// be a word of its own. "{{" and "}}" are literal braces. There is no shell: no
// variables, globbing, pipes or redirection. Values of environment variables are
// templates too, of one word.
package command
