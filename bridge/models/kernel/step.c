/* One step of a Magenta network for one sequence or a batch of them, in float32.
 *
 * Plain C11: the fixed inner loops over the columns of a panel are what a compiler turns into
 * vector instructions (AVX-512, AVX2, NEON …); there are no intrinsics and no threads. The same
 * arithmetic as `bridge/models/rnn.py`, in another order of summation.
 *
 * Kernels lie in panels of PANEL columns: [column / PANEL][row][column % PANEL], so that a product
 * reads memory straight on. Vectors are rows of the buffer that `bridge/models/layout.py` lays out.
 */
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define PANEL 64
#define TILE 4
#elif defined(__AVX__)
#define PANEL 32
#define TILE 3
#elif defined(__aarch64__)
#define PANEL 16
#define TILE 4
#else
#define PANEL 16
#define TILE 2
#endif

#define MAX_LAYERS 16

#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

/* Changes with every change of the structure or of a function below. */
#define INTERFACE 2

typedef struct {
    int32_t layers;           /* LSTM layers, 1 to MAX_LAYERS */
    int32_t wrapped;          /* of which lie within the attention */
    int32_t attention_size;   /* 0 without attention */
    int32_t attention_length; /* outputs that it sees */
    int32_t classes;          /* width of the logits */
    int32_t table_rows;       /* rows of the input table */
    int32_t width;            /* floats of a sequence's buffer */
    int32_t output;           /* place of the attention's output in it */
    int32_t residual;         /* whether each layer's input is added to its output */
    int32_t units[MAX_LAYERS];
    int32_t hidden[MAX_LAYERS]; /* place of each layer's h */
    int32_t cells[MAX_LAYERS];  /* place of each layer's c */
    int32_t inputs[MAX_LAYERS]; /* place of what each layer multiplies */
    int32_t input_widths[MAX_LAYERS];
    int32_t carried[MAX_LAYERS]; /* residual: place of what each layer adds, then of the sum */
    const float *kernels[MAX_LAYERS];
    const float *biases[MAX_LAYERS]; /* padded to whole panels; layer 0's is in the table */
    const float *projections[MAX_LAYERS]; /* residual: of what comes into a layer, or none */
    const float *projection_biases[MAX_LAYERS]; /* padded */
    const float *table; /* rows of 4 · units[0] floats; residual: and units[0] that layer 0 adds */
    const float *query_kernel;
    const float *query_bias; /* padded */
    const float *memory_kernel;
    const float *score;
    const float *joint_kernel; /* from [attention, top of the wrapped layers] to the output */
    const float *joint_bias;   /* padded */
    const float *logit_kernel;
    const float *logit_bias; /* padded */
} Network;

static int64_t padded(int64_t columns) { return (columns + PANEL - 1) / PANEL * PANEL; }

/* e^x - 1 split as s * p + (s - 1) with s = 2^n and |r| <= ln 2 / 2: the Taylor series of degree 7
 * is exact to float32 there. Adding 1.5 · 2^23 rounds to the nearest whole number and leaves it in
 * the low bits, where it becomes the exponent of s. NaN stays NaN. */
static inline float split_exp(float x, float *scale) {
    const float shifted = x * 1.44269504f + 12582912.0f;
    const float n = shifted - 12582912.0f;
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.0f / 5040.0f;
    uint32_t bits;
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + 0x3F800000u;
    memcpy(scale, &bits, sizeof bits);
    return p * (r * r) + r;
}

/* e^x for x <= 0. */
static inline float exponential(float x) {
    float s, p;
    x = x < -87.0f ? -87.0f : x;
    p = split_exp(x, &s);
    return s * p + s;
}

static inline float tangent(float x) {
    float s, p, t;
    x = x > 9.1f ? 9.1f : x;
    x = x < -9.1f ? -9.1f : x;
    p = split_exp(2.0f * x, &s);
    t = s * p + (s - 1.0f);
    return t / (t + 2.0f);
}

/* One panel for one sequence: two sums for each column, so that additions don't wait in line. */
static void panel_alone(const float *restrict w, int64_t rows, const float *restrict x,
                        float *restrict z) {
    float even[PANEL], odd[PANEL];
    int64_t k = 0;
    for (int j = 0; j < PANEL; j++) even[j] = z[j];
    for (int j = 0; j < PANEL; j++) odd[j] = 0.0f;
    for (; k + 2 <= rows; k += 2, w += 2 * PANEL) {
        const float x0 = x[k], x1 = x[k + 1];
        for (int j = 0; j < PANEL; j++) even[j] += x0 * w[j];
        for (int j = 0; j < PANEL; j++) odd[j] += x1 * w[PANEL + j];
    }
    if (k < rows)
        for (int j = 0; j < PANEL; j++) even[j] += x[k] * w[j];
    for (int j = 0; j < PANEL; j++) z[j] = even[j] + odd[j];
}

/* One panel for COUNT sequences: each weight is read once for all of them. */
#define PANEL_FOR(COUNT)                                                                          \
    static void panel_for_##COUNT(const float *restrict w, int64_t rows, const float *restrict x, \
                                  int64_t x_stride, float *restrict z, int64_t z_stride) {        \
        float sum[COUNT][PANEL];                                                                  \
        for (int s = 0; s < COUNT; s++)                                                           \
            for (int j = 0; j < PANEL; j++) sum[s][j] = z[s * z_stride + j];                      \
        for (int64_t k = 0; k < rows; k++, w += PANEL)                                            \
            for (int s = 0; s < COUNT; s++) {                                                     \
                const float factor = x[s * x_stride + k];                                         \
                for (int j = 0; j < PANEL; j++) sum[s][j] += factor * w[j];                       \
            }                                                                                     \
        for (int s = 0; s < COUNT; s++)                                                           \
            for (int j = 0; j < PANEL; j++) z[s * z_stride + j] = sum[s][j];                      \
    }
PANEL_FOR(2)
#if TILE > 2
PANEL_FOR(3)
#endif
#if TILE > 3
PANEL_FOR(4)
#endif

/* z += x · w for a batch; z's rows are padded to whole panels. */
static void multiply(const float *w, int64_t rows, int64_t columns, const float *x,
                     int64_t x_stride, float *z, int64_t z_stride, int batch) {
    for (int64_t at = 0; at < columns; at += PANEL, w += rows * PANEL) {
        int s = 0;
#if TILE > 3
        for (; batch - s >= 4; s += 4)
            panel_for_4(w, rows, x + s * x_stride, x_stride, z + s * z_stride + at, z_stride);
#endif
#if TILE > 2
        for (; batch - s >= 3; s += 3)
            panel_for_3(w, rows, x + s * x_stride, x_stride, z + s * z_stride + at, z_stride);
#endif
        for (; batch - s >= 2; s += 2)
            panel_for_2(w, rows, x + s * x_stride, x_stride, z + s * z_stride + at, z_stride);
        if (s < batch) panel_alone(w, rows, x + s * x_stride, z + s * z_stride + at);
    }
}

/* The LSTM cell from its gates i, f, o (halved: sigmoid(x) = (1 + tanh(x / 2)) / 2) and j. */
static void cell(const float *restrict z, float *restrict c, float *restrict h, int units) {
    const float *restrict forget = z + units, *restrict out = z + 2 * units;
    const float *restrict candidate = z + 3 * units;
    for (int i = 0; i < units; i++) {
        const float keep = 0.5f + 0.5f * tangent(forget[i]);
        const float fresh = 0.5f + 0.5f * tangent(z[i]);
        c[i] = c[i] * keep + fresh * tangent(candidate[i]);
    }
    for (int i = 0; i < units; i++) h[i] = tangent(c[i]) * (0.5f + 0.5f * tangent(out[i]));
}

typedef struct {
    float *gates, *attended, *joint, *felt, *scores;
    int64_t gate_stride, attended_stride;
} Scratch;

static int64_t table_columns(const Network *net) {
    return (net->residual ? 5 : 4) * (int64_t)net->units[0];
}

static int64_t widest(const Network *net) {
    int64_t most = padded(net->classes);
    if (padded(table_columns(net)) > most) most = padded(table_columns(net));
    for (int i = 0; i < net->layers; i++)
        if (padded(4 * (int64_t)net->units[i]) > most) most = padded(4 * (int64_t)net->units[i]);
    return most;
}

static void upper_layer(const Network *net, int i, float *buffer, int batch, const Scratch *room) {
    const int units = net->units[i];
    for (int s = 0; s < batch; s++)
        memcpy(room->gates + s * room->gate_stride, net->biases[i],
               sizeof(float) * (size_t)padded(4 * (int64_t)units));
    multiply(net->kernels[i], net->input_widths[i], 4 * (int64_t)units, buffer + net->inputs[i],
             net->width, room->gates, room->gate_stride, batch);
    for (int s = 0; s < batch; s++) {
        float *own = buffer + (int64_t)s * net->width;
        cell(room->gates + s * room->gate_stride, own + net->cells[i], own + net->hidden[i], units);
    }
}

/* Residual: what layer i puts out is what came into it and its own. */
static void carry(const Network *net, int i, float *buffer, int batch) {
    const int from = i == 0 && net->wrapped == 1 ? net->output : net->hidden[i];
    for (int s = 0; s < batch; s++) {
        const float *restrict own = buffer + (int64_t)s * net->width + from;
        float *restrict sum = buffer + (int64_t)s * net->width + net->carried[i];
        for (int j = 0; j < net->units[i]; j++) sum[j] += own[j];
    }
}

/* Residual: gives layer i what the layer below it puts out. */
static void carry_up(const Network *net, int i, float *buffer, int batch, const Scratch *room) {
    const size_t bytes = sizeof(float) * (size_t)net->units[i];
    carry(net, i - 1, buffer, batch);
    if (net->projections[i]) {
        for (int s = 0; s < batch; s++)
            memcpy(room->gates + s * room->gate_stride, net->projection_biases[i],
                   sizeof(float) * (size_t)padded(net->units[i]));
        multiply(net->projections[i], net->units[i - 1], net->units[i],
                 buffer + net->carried[i - 1], net->width, room->gates, room->gate_stride, batch);
    }
    for (int s = 0; s < batch; s++) {
        float *own = buffer + (int64_t)s * net->width;
        const float *below = room->gates + s * room->gate_stride;
        if (!net->projections[i]) below = own + net->carried[i - 1];
        memcpy(own + net->carried[i], below, bytes);
    }
}

/* How much each past output matters, and their sum so weighted. */
static void look_back(const Network *net, const float *restrict query,
                      const float *restrict outputs, const float *restrict features,
                      float *restrict attention, const Scratch *room) {
    const int size = net->attention_size, length = net->attention_length;
    float *restrict felt = room->felt, *restrict scores = room->scores;
    const float *restrict score = net->score;
    float most = 0.0f, total = 0.0f;
    for (int l = 0; l < length; l++) {
        const float *restrict feature = features + (int64_t)l * size;
        float lanes[16] = {0}, sum = 0.0f;
        int i = 0;
        for (int j = 0; j < size; j++) felt[j] = tangent(feature[j] + query[j]) * score[j];
        for (; i + 16 <= size; i += 16)
            for (int j = 0; j < 16; j++) lanes[j] += felt[i + j];
        for (; i < size; i++) lanes[i % 16] += felt[i];
        for (int j = 0; j < 16; j++) sum += lanes[j];
        scores[l] = sum;
        if (l == 0 || sum > most) most = sum;
    }
    for (int l = 0; l < length; l++) scores[l] = exponential(scores[l] - most);
    for (int l = 0; l < length; l++) total += scores[l];
    for (int j = 0; j < size; j++) attention[j] = 0.0f;
    for (int l = 0; l < length; l++) {
        const float *restrict output = outputs + (int64_t)l * size;
        const float share = scores[l] / total;
        for (int j = 0; j < size; j++) attention[j] += share * output[j];
    }
}

static void attend(const Network *net, float *buffer, float *outputs, float *features,
                   int64_t position, int batch, const Scratch *room) {
    const int64_t size = net->attention_size, width = net->width;
    const int64_t ring = net->attention_length * size, stride = room->attended_stride;
    const int top = net->units[net->wrapped - 1];
    const size_t row = sizeof(float) * (size_t)size;
    int64_t query_width = 0;
    for (int i = 0; i < net->wrapped; i++) query_width += 2 * (int64_t)net->units[i];
    for (int s = 0; s < batch; s++)
        memcpy(room->attended + s * stride, net->query_bias, sizeof(float) * (size_t)padded(size));
    multiply(net->query_kernel, query_width, size, buffer + size, width, room->attended, stride,
             batch);
    for (int s = 0; s < batch; s++) {
        float *own = buffer + s * width, *joint = room->joint + s * (size + top);
        look_back(net, room->attended + s * stride, outputs + s * ring, features + s * ring, own,
                  room);
        memcpy(joint, own, row);
        memcpy(joint + size, own + net->hidden[net->wrapped - 1], sizeof(float) * (size_t)top);
        memcpy(room->attended + s * stride, net->joint_bias, sizeof(float) * (size_t)padded(size));
    }
    multiply(net->joint_kernel, size + top, size, room->joint, size + top, room->attended, stride,
             batch);
    for (int s = 0; s < batch; s++) {
        memcpy(buffer + s * width + net->output, room->attended + s * stride, row);
        memcpy(outputs + s * ring + position * size, room->attended + s * stride, row);
        memset(room->attended + s * stride, 0, sizeof(float) * (size_t)padded(size));
    }
    multiply(net->memory_kernel, size, size, buffer + net->output, width, room->attended, stride,
             batch);
    for (int s = 0; s < batch; s++)
        memcpy(features + s * ring + position * size, room->attended + s * stride, row);
}

/* Adds up each sequence's rows of the table; -1 if there is no such row. */
static int add_inputs(const Network *net, float *buffer, const int32_t *rows, int batch,
                      const Scratch *room) {
    const int64_t columns = table_columns(net), gates = 4 * (int64_t)net->units[0];
    for (int s = 0; s < batch; s++) {
        float *restrict sum = room->gates + s * room->gate_stride;
        memset(sum, 0, sizeof(float) * (size_t)padded(columns));
        for (int32_t left = *rows++; left > 0; left--, rows++) {
            const float *restrict row;
            if (*rows < 0 || *rows >= net->table_rows) return -1;
            row = net->table + *rows * columns;
            for (int64_t j = 0; j < columns; j++) sum[j] += row[j];
        }
    }
    for (int s = 0; net->residual && s < batch; s++)
        memcpy(buffer + (int64_t)s * net->width + net->carried[0],
               room->gates + s * room->gate_stride + gates,
               sizeof(float) * (size_t)net->units[0]);
    return 0;
}

PUBLIC int32_t bridge_interface(void) { return INTERFACE; }

PUBLIC int32_t bridge_panel(void) { return PANEL; }

PUBLIC int32_t bridge_network_bytes(void) { return (int32_t)sizeof(Network); }

PUBLIC int64_t bridge_scratch_floats(const Network *net, int32_t batch) {
    const int64_t size = net->attention_size;
    const int64_t top = net->wrapped ? net->units[net->wrapped - 1] : 0;
    return batch * (widest(net) + padded(size) + size + top) + size + net->attention_length;
}

/* One step of every sequence.
 *
 * buffer: (batch, width); outputs and features: (batch, attention_length, attention_size);
 * position: the ring's slot to be written; rows: for each sequence how many rows of the table, then
 * their numbers; scratch: `bridge_scratch_floats`; logits: (batch, classes).
 * Returns 0, or -1 where a row is not in the table: nothing has changed then. */
PUBLIC int32_t bridge_step(const Network *net, float *buffer, float *outputs, float *features,
                           int32_t position, int32_t batch, const int32_t *rows, float *scratch,
                           float *logits) {
    const int64_t size = net->attention_size, width = net->width;
    const int wrapped = net->wrapped, last = net->layers - 1;
    const int attended = wrapped == net->layers && !net->residual;
    const int plain_place = net->residual ? net->carried[last] : net->hidden[last];
    const int top_place = attended ? net->output : plain_place;
    const int64_t top_width = attended ? size : net->units[last];
    Scratch room;
    room.gate_stride = widest(net);
    room.attended_stride = padded(size);
    room.gates = scratch;
    room.attended = room.gates + batch * room.gate_stride;
    room.joint = room.attended + batch * room.attended_stride;
    room.felt = room.joint + batch * (size + (wrapped ? net->units[wrapped - 1] : 0));
    room.scores = room.felt + size;
    if (add_inputs(net, buffer, rows, batch, &room)) return -1;
    multiply(net->kernels[0], net->input_widths[0], 4 * (int64_t)net->units[0],
             buffer + net->inputs[0], width, room.gates, room.gate_stride, batch);
    for (int s = 0; s < batch; s++) {
        float *own = buffer + s * width;
        cell(room.gates + s * room.gate_stride, own + net->cells[0], own + net->hidden[0],
             net->units[0]);
    }
    for (int i = 1; i < wrapped; i++) upper_layer(net, i, buffer, batch, &room);
    if (wrapped) attend(net, buffer, outputs, features, position, batch, &room);
    for (int i = wrapped > 1 ? wrapped : 1; i < net->layers; i++) {
        if (net->residual) carry_up(net, i, buffer, batch, &room);
        upper_layer(net, i, buffer, batch, &room);
    }
    if (net->residual) carry(net, last, buffer, batch);
    for (int s = 0; s < batch; s++)
        memcpy(room.gates + s * room.gate_stride, net->logit_bias,
               sizeof(float) * (size_t)padded(net->classes));
    multiply(net->logit_kernel, top_width, net->classes, buffer + top_place, width, room.gates,
             room.gate_stride, batch);
    for (int s = 0; s < batch; s++)
        memcpy(logits + (int64_t)s * net->classes, room.gates + s * room.gate_stride,
               sizeof(float) * (size_t)net->classes);
    return 0;
}
