"""Every tuned number: a noun with its unit, and where it was found.

Notes are the topic files of `benchmarks/notes/`. A number without a note is a size of memory
or of a piece of work: it changes how long something takes, and no result by more than rounding.
"""

# What keeps quotients, roots and logarithms finite.
NO_DISTANCE = 1e-12  # least length, distance or variance; or what is added to one
SMALLEST_VARIANCE = 1e-30  # of an input; also the least spread and distance of heads

# Training: updates and rates (notes/training.md, "Half the steps"; of few rows "Networks that
# begin as components").
UPDATES_OF_1000_ROWS = 450  # updates of a model of 1,000 rows and two components
UPDATES_ROWS_POWER = 0.2  # they grow with this power of the number of rows ...
UPDATES_FEW_ROWS_POWER = 0.5  # ... up to 1,000 with this one: few rows are learnt by heart ...
UPDATES_WIDTH_POWER = 0.0625  # ... and with this one of the number of components
UPDATES_OF_MAP = 350  # updates of a map, however many rows ...
UPDATES_SHAPE_POWER = 1 / 3  # ... but growing with them where the prior has a shape to show
BATCH_ROWS = 256  # rows of an update, at most
MAP_BATCH_ROWS = 352  # the same of a map
LEARNING_RATE = 0.012  # peak rate at two components
RATE_WIDTH_POWER = 0.25  # it falls with this power of the number of components
WARM_UP_SHARE = 0.15  # of the updates, in which the rate rises
STREAM_STEPS = 1_000  # planned updates of a stream whose end nobody knows
MOMENTUM = 0.9  # of encoder and decoder, and of a network that learns classes
DISCRIMINATOR_MOMENTUM = 0.5  # whose opponent moves
SQUARES_DECAY = 0.95  # of the running mean of squared gradients
EXTRAPOLATED_SHARE = 0.5  # of a gradient's last change, by which it goes on
ADAM_EPSILON = 1e-8  # Kingma and Ba 2015, algorithm 1
AVERAGE_DECAY = 0.999  # of the averaged weights, per update

# The game (notes/training.md, "The paper's model").
BLUR_SPREAD = 0.4  # standard deviation of the noise on what the discriminator reads at first
BLUR_END_SHARE = 0.7  # of the updates, after which that noise is 0
NARROW_COMPONENTS = 2  # up to which the game alone matches the prior
KERNEL_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # in units of the prior's spread
GAME_COMPONENTS = 20  # up to which a divergence improves nothing
DIVERGENCE_WEIGHT = 1e-3  # of a Gaussian posterior's, at adversarial_weight="auto"
RADIAL_WEIGHT = 0.02  # of how far the lengths of its codes are from the prior's, in the same unit
UNORDERED_COMPONENTS = 32  # beyond which the first components are made to say most
SPLICED_SHARE = 0.25  # of the codes whose end is a sample of the prior, at most

# The game on a map (notes/training.md, "One model").
SLICED_WEIGHT = 40.0  # of the sliced distance, in units of adversarial_weight, for few rows
MATCHED_AXES = 8  # random directions of it
DISARRANGEMENT_WEIGHT = 0.8  # of distances that do not rise with those of rows, in the same unit
ARRANGED_ROWS = 64  # of a batch, between which these are taken
ARRANGED_MAX_ROWS = 20_000  # beyond which they are not
SHEAR_WEIGHT = 1000.0  # of bending near places differently, over the number of rows to the 1.5
FEW_PLAYED_ROWS = 2_000  # up to which noise and sliced distance stay; less with their root
JITTER_SPREAD = 1.5  # of the codes that the decoder reads, at least, over the root of the rows
SMOOTHED_ROWS = 3, 5_000  # between which rows say of each other how much is best ...
PREDICTED_ROWS = 500  # ... so many of them ...
SPREADS = tuple(0.02 * 2 ** (i / 2) for i in range(14))  # ... of these, until ...
WORSE_SPREADS = 3  # ... so many in turn are worse
RIDGE = 6.0  # of the solved last layer, over the number of rows
SOLVED_MIN_ROWS = 8_192  # on which it is solved, with new noise each time
SOLVED_TOGETHER = 2**10  # codes at a time: fewer rows are repeated, with other noise ...
SOLVED_BATCHES = 2  # ... which are made before threads share them

# A parametric map (notes/training.md, "Parametric map").
TAUGHT_LAYERS = (512, 512, 512)  # units of the hidden layers of its encoder
UPDATES_OF_LESSONS = 600  # updates for 1,000 rows ...
UPDATES_LESSONS_POWER = 0.4  # ... which grow with this power of their number
IMITATION_WEIGHT = 1.0  # of going where the layout puts a row
MIXED_NEIGHBORS = 15  # on the map, between which and a row lessons lie
LOCAL_SPREAD = 0.5  # of a step along the difference of two neighbours
LESSON_NOISE = 0.8  # at most, in standard deviations of an input

# Classes and clusters (notes/labels.md).
LABELLED_MAX_ROWS = 60_000  # rows to train on, those with a label first
LABELLED_LAYERS = (512, 512, 512)  # units of the encoder's hidden layers, and of a teacher's
FEW_LABELLED_LAYERS = (192, 192, 192)  # the same for up to FEW_ROWS rows
LABELLED_UPDATES_ROWS = 60_000  # for which updates are given
LABELLED_UPDATES = 3_000, 0.4  # growing with this power of the number of rows
LEARNT_MOST_UPDATES = 1_900  # where the encoder has learnt the classes before
LABELLED_LEAST_UPDATES = 400
LABELLED_RATE = 0.002  # peak rate of encoder and decoder
SPREADING_SHARE = 0.99  # of a row's label that is its neighbours', in each step of the spreading
SPREADING_STEPS = 60
LABELS_OF_PRIOR = 10.0  # of each class, that are added to those given to estimate its share
LINEAR_PARTS = 5  # of the labelled rows, each held out once to see what guesses best
LINEAR_MAX_LABELS = 5_000  # rows that a linear classifier learns from
LINEAR_STRENGTHS = (2.5, 25.0, 250.0)  # over the penalty of its weights, which are tried
LINEAR_SHARES = (0.125, 0.25, 0.5, 0.75, 0.875, 1.0)  # of its guess, beside 0, which are tried
LINEAR_DOUBT = 0.02  # of even probabilities in a guess that is judged
LINEAR_MAX_ITER = 300
ONE_WAY_WEIGHT = 0.1  # of an edge that only one of its ends has
CONTRACTIONS = 10  # steps by which rows are drawn half way to their neighbours' mean
SMALL_GROUPS = 400  # groups that are joined to clusters ...
SMALL_GROUP_ROWS = 10  # ... fewer of few rows, so that each has about so many
SMALL_GROUPS_BATCH = 4_096  # rows of an update of their k-means
RESOLUTION = 0.2  # of the modularity that says how many clusters there are
CORE_SHARE = 0.9  # of a row's neighbours in its cluster, from which it is taken for labelled
SHARPNESS = 5.0  # power of the probabilities that labels spread to, which are flat
TEACHER_ROUNDS = 3  # of learning, and of spreading on the graph of what was learnt
LEARNER_UPDATES = 2_000, 0.7  # of a network that learns, as LABELLED_UPDATES
LEARNER_LEAST_UPDATES = 120
VIEW_COMPONENTS = 30  # of what the network sees, that distances are taken in
KNOWN_LESSONS_SHARE = 0.25  # of lessons from rows whose class is given, at least
LABEL_WEIGHT = 1.0  # of the cross-entropy, in units of the reconstruction loss of the mean row
CLASS_MEANS_WEIGHT = 1.0  # of samples whose mean is that of their class, in the same unit
CLASS_LESSON_NOISE = 0.4  # at most, in standard deviations of an input
HEADS_DISTANCE = 5.0  # below which heads push each other away, in units of the style's spread
HEADS_STEPS = 300  # in which they are pushed apart before the training
HEADS_PULL = 0.05  # share of its distance by which a head goes to the middle in each
LEAST_SHARE = 1e-12  # of a class that the labels reach nowhere

# Noise on what the encoder reads (notes/training.md, "The paper's model").
INPUT_NOISE = 0.5  # in root mean squares of an input, at NOISE_REFERENCE_ROWS rows
NOISE_REFERENCE_ROWS = 60_000
NOISE_ROWS_POWER = 0.4  # fewer rows get more noise, by this power of their number
LEFT_OUT_FACTOR = 3.0  # over the mean square of the amounts, which are even from 0 to 1
SQUARABLE = 1e150  # below which numbers can be squared and summed

# Networks (notes/training.md).
HIDDEN_LAYERS = (256, 256, 256)  # units of the hidden layers
MAP_ENCODER_LAYERS = (64, 64, 64)  # the same of an encoder that bends a plane, and is to be quick
INPUTS_MAX = 256  # principal components that the networks read and write
LASTING_SHARE = 0.25  # of the variance of fitted rows, that others have along these at least ...
LASTING_MIN = 10  # ... or they are so many
INPUTS_PER_COMPONENT = 64  # of them for each component of a code
HIDDEN_PER_PASSED = 4  # units of a layer for each number that passes it unchanged at first
PASSED_SHARE = 0.5  # of the inputs' variance, that is worth it
LEAST_PASSED = 1e-3  # standard deviation of an input, over the largest, that is passed on
MEASURED_ROWS = 2_000  # that say how much inputs vary
DECODER_OUTPUT_GAIN = 0.1  # of the decoder's last layer: it starts at the mean row
FOLD_SHARPNESS = 10.0  # of the first units of a map's decoder, in units of a code
FARTHEST_CODE = 1e30  # in the working space, beyond which codes decode alike: float32 ends
THIN_LAYER_WIDTH = 32  # up to which a layer computes in float32
BIJECTION_GRID = 129  # points along an axis of a bijection that a page interpolates

# The layout (notes/layout.md).
MAP_MAX_COMPONENTS = 3  # up to which codes are a map by default (notes/training.md)
LAYOUT_MAX_ROWS = 60_000  # rows that are laid out; the others are placed
LAYOUT_EPOCHS = 80  # passes over the rows
LAYOUT_BATCH_ROWS = 2**13  # rows that move at a time, at most; a quarter of fewer ...
LAYOUT_BATCH_LEAST_ROWS = 64  # ... but no fewer: the prior is matched within a batch
LAYOUT_KERNEL_SCALE = 0.07  # of the Cauchy kernel, in units of the prior's spread
FEW_ROWS = 5_000  # below which kernel, neighbours and passes grow
PRIOR_PULL = 16.0  # weight of the pull towards the prior at adversarial_weight=1
NEGATIVE_ROWS = 256  # from which a batch is pushed away
SLICED_AXES = 2  # random projections of the pull towards the prior
START_LEAST_SPREAD = 0.7  # of a component at the start, in units of all of them
DIFFUSIONS = 100  # over the graph, to start rows without coordinates
EXAGGERATION = 6.0  # factor of the attraction at first ...
EXAGGERATED_SHARE = 0.3  # ... for this share of the steps
LANDMARKS = 32  # rows to which distances on the map are to rise with those between rows
ARRANGEMENT_WEIGHT = 0.13  # of that, in units of the pull to the prior, for FEW_ROWS and more ...
ARRANGEMENT_POWER = 4.5  # ... where the start holds it; it grows with this power of their passes
ARRANGED_SHARE = 0.8  # of the steps, after which it is 0
OUTSIDE_POWER = 4  # of the mean weight of a row's edges, which gives its share of that
LEAST_DISTANCE = 1e-2  # on the map, below which one has no direction
LONGEST_MOVE = 4.0  # of a code in a step, in kernel scales
CURVATURE_DAMPING = 0.25  # a move is the gradient over this share of its curvature ...
LEAST_DAMPING = 1 / 15  # ... and at least this
REPELLED_PAIRS = 2**18  # of codes and what repels them, that stay in a core's cache
GPU_REPELLED_PAIRS = 2**25
SIDE_BY_SIDE_ROWS = 2**12  # of a batch, whose pull a second thread computes
COARSE_SHARPNESS = (
    2.1  # of weights that predict rows, up to which a layout is coarse; softness ...
)
FINE_SCALE_POWER = 1.5  # ... is its share of a greater one: the kernel shrinks with this power ...
FINE_EDGES_POWER = 1 / 3  # ... of it, and this power is the share of an edge's usual weight
EDGE_MIN_WEIGHT = 1e-4  # of an edge to a stranger
DRAWN_BLOCK_ROWS = 2**13
ORDERED_ROWS = 3_000  # that settle the order of all on a line
ORDERING_NEIGHBORS = 10  # of the graph whose order that is
ORDERING_TRACE = 1e-6  # of the first component in the diffusion
LANCZOS_VECTORS = 40

# Labels on a map (notes/labels_on_maps.md).
LABEL_STRENGTH = 4.0  # an edge between classes counts (1 - label_weight) to this power
UNLABELED_LEAST_WEIGHT = 0.03  # what is left of 1 - label_weight where that is 0
UNKNOWN_UNLIKENESS = 0.25  # of a row without a label to any other, where another class has 1
UNLIKE_RANKS = 0.25  # share of all labels between two numbers that are as unlike as two classes

# Coordinates in which distances are taken (notes/layout.md, "Maps of few rows").
COORDINATES_MAX = 50  # principal components
FLAT_COORDINATES = 75  # the same of rows of unit length (notes/metrics.md) of which ...
FLAT_SHARE = 0.45  # ... COORDINATES_MAX hold less than this share of the squared length
UNIT_ROUNDING = 1e-3  # by which a row of unit length may be longer or shorter
LEAST_MEAN_LENGTH = 1e-6  # of the mean row outside of them, below which it has no direction
JUDGED_ROWS = 3_000  # rows that decide which components are noise
JUDGING_NEIGHBORS = 5
WHOLE_COORDINATES = 10  # leading components that always count whole
SIGNAL_SHARE = 0.2  # share of a component's variance that neighbours explain where it is signal
COORDINATE_MIN_WEIGHT = 0.5  # of a component that is noise

# Placing (notes/placing.md).
PLACING_NEIGHBORS = 20  # references that decide where a row goes, of up to FEW_ROWS
CROWDED_NEIGHBORS = 15  # the same of more
SHARPNESS_POWER = 0.16  # of the number of references over FEW_ROWS, by which sharpness falls
OWN_SHARE = 0.5  # of a row in its reference; the rest is its two nearest neighbours'
WEIGHT_SHARPNESS = 1.5  # weights fall by exp(-1.5) at the middle reference, or ...
WEIGHT_SHARPNESSES = (WEIGHT_SHARPNESS, 2.1, 3.0)  # ... as much as the first of these ...
SOFT_WEIGHTS_COST = 0.12  # ... whose squared error exceeds the least by at most this share, ...
SHARPEST = 4.5  # ... or this much where the least exceeds its error by more
PLACING_STARTS = 8  # nearest references of which one may be the middle of the row's group
PLACING_DAMPING = 0.375  # a step is the force over this share of the pull ...
PLACING_LEAST_DAMPING = 1 / 30  # ... and at least this
PUSHING_ROWS = 2_048  # codes that the density is estimated from
SPACING_NEIGHBORS = 15  # the map's spacing is the distance to this neighbour, itself counted, ...
SPACING_SAMPLE_ROWS = 1_000  # ... of so many codes
VECTOR_ROWS = 64  # rows of a block are a multiple of this, so that all are summed alike
PUSHED_BLOCK_ROWS = 2**12
SHIFTED_BLOCK_ROWS = 2**11

# The search for neighbours (notes/search.md).
CELLS_MIN_POINTS = 10_000  # below which all points are compared: compilation would not pay
PLACING_PROBES = 20  # cells that are visited for a row
GRAPH_PROBES = 28  # the same for the graph, whose errors cost trustworthiness
SPARE_NEIGHBORS = 5  # sought beyond those asked for, so that rounding does not decide
COMPARED_PER_NEIGHBOR = 64  # points at least
CELLS_PER_CLUSTER = 4
SAMPLE_PER_CLUSTER = 50  # points that k-means reads
LLOYD_ITERATIONS = 5
POWER_ITERATIONS = 2  # towards the longest direction of a cell
SEARCH_BLOCK_ROWS = 3 * 2**9
GPU_SEARCH_BLOCK_ROWS = 2**13
DISTANCE_ELEMENTS = 2**20  # distances that are held at a time
GPU_DISTANCE_ELEMENTS = 2**22
REFINED_BLOCK_ROWS = 2**10
CENTRE_BLOCK_ROWS = 2**10
CELLS_BLOCK = 2**6

# Metrics without coordinates (notes/metrics.md).
COMPARED_MAX_ROWS = 10_000  # rows that are laid out, all of whose pairs are compared
COUNTED_MAX_ROWS = 20_000  # the same of flags, by products
OWN_METRIC_MAX_ROWS = 4_000  # the same under a user's function, called for each pair
BLOCK_OPERATIONS = 2**28  # differences that are summed before Ctrl-C is looked for
OWN_BLOCK_PAIRS = 2**8  # calls of a user's function before it is
PAIRED_ROWS = 8  # pairs of rows whose distances are computed together, with those between them
POWER_OPERATIONS = 8  # sums that take as long as one of powers
TRIANGLE_ROWS = 500  # of a matrix of distances, that show whether it is a triangle
HELD_POWERS = 1e-280, 1e300  # sums of powers that float64 holds with all of their digits
MULTIPLIED_POWERS_MAX = 8  # up to which a whole power is a product
CATEGORY_PLACES_MAX = 2**22  # columns times categories, beyond which distances are compared
LARGE_DISTANCES = 1e15  # beyond which float32 does not hold their squares
NEGATIVE_DISTANCE = 1e-9  # of the largest: what rounding may leave of 0

# Rows (notes/memory.md).
PCA_MAX_ROWS = 20_000  # rows that settle the principal components
COVARIANCE_MAX_SIDE = 2_000  # rows or columns up to which these come from a square of products ...
COVARIANCE_MAX_ELEMENTS = 2**26  # ... of so many numbers
FLOAT32_MAX_OFFSET = 1e2  # of a column's mean in units of its scale, beyond which float64 is used
FLOAT32_SCALES = 1e-30, 1e30  # of a column, outside of which float64 is used
# Cells count as wild beyond this many typical distances, in at most this share of at least so many
# rows: what is far out may be rare, and what float32 cannot hold with the rest may be frequent.
WILD_CELLS = ((1e3, 0.01, 20), (1e6, 0.25, 4))
TYPICAL_ROWS = 2_000  # that say what is typical
TYPICAL_ELEMENTS = 2**22  # numbers of them
LEAST_DEVIATION = 1e-145  # of a column that varies: its square has all digits of float64
SQUARES_ROOM = 1e12  # by which sums of squares may still grow
FILLING_ROWS = 5_000  # that settle how missing cells are filled in
FILLING_ELEMENTS = 2**21  # numbers of them
FILLING_COUNTS = (0, 2, 5, 10, 20)  # of directions along which rows are taken to vary
FILLING_GROUPS = (8, 32)  # of groups about whose means (notes/missing.md); or all about one
GROUP_LEAST_SPREAD = 1e-3  # variance of a cell within a group
GROUP_SHRINKAGE = 2.0  # rows at the mean that each group is taken to have beside its own
FILLING_HELD_OUT = 0.1  # of the known cells, that choose the number of directions
FILLING_ROUNDS = 20  # of finding directions and filling in
FILLING_LEAST_NOISE = 1e-4  # variance of a cell that these directions do not explain
CHUNK_ELEMENTS = 2**18  # numbers that are read at a time
SPARSE_CHUNK_ROWS = 4_096
READ_ELEMENTS = 2**19  # numbers of the batches that are read together
READ_MIN_ROWS = 2**4
READ_AROUND_BYTES = 2**21  # that Linux maps around what is read of a file
NEAR_ROWS = 2**5  # from one row of a file to the next that are read together
COPIED_MAX_ROWS = 60_000  # of rows that are slow to read again
RESIDENT_BYTES = 2**27  # of standardised rows kept in memory where the rows are, too
RESIDENT_BYTES_OF_MAPS = 2**29  # the same where the rows are in a file
FEW_PASSES = 2  # for which it does not pay to keep them
PRIOR_BLOCK_ELEMENTS = 2**14  # of samples of the prior made at a time

# Applying a model.
CHUNK_ROWS = 192  # that a network is applied to at a time: whole blocks of every BLAS kernel
FEW_CHUNKS_ROWS = 16, 32, 96  # the same of few rows
TALL_CHUNK_ROWS = 4 * CHUNK_ROWS  # the same of many
GPU_CHUNK_ROWS = 8192
ENCODED_BLOCK_CHUNKS = 20  # at most, that are read together (notes/speed.md, "Whole blocks")
ENCODED_BLOCK_ELEMENTS = 3 * 2**20  # numbers of them
SCORED_BLOCK_ROWS = 2**14
PLACED_BLOCK_ROWS = 20 * CHUNK_ROWS
THREAD_MIN_ROWS = 10 * CHUNK_ROWS  # that are worth one more thread

# Rows in partitions (notes/dask.md).
SAMPLED_MAX_ROWS = 500_000  # that a fit draws: the paper's model trains on fewer by itself
SAMPLED_MAX_BYTES = 2**31  # of them in float64
PARTITION_BYTES = 2**27  # of a partition or its result, beyond which an array's is cut
MERGED_PARTITIONS = 16  # whose moments are merged together

# Diagnostics, and outlier scores (notes/outliers.md).
DIAGNOSED_ROWS = 500  # rows that are looked at after a fit
COLLAPSED_EXPLAINED_VARIANCE = 0.01  # below which a reconstruction is the mean row
DIVERGED_EXPLAINED_VARIANCE = -1e6  # below which steps were too long
WINNING_DISCRIMINATOR_LOSS = 0.7  # half of equilibrium, below which it tells most codes
JUDGED_MATCH_ROWS = 20  # rows from which a discriminator that wins is more than their fewness
COLLAPSED_SPREAD = 0.05  # of the codes along a principal direction, in units of the prior's
FILL_VALUES = (99.0, 999.0, 9_999.0, 99_999.0, 999_999.0)  # of either sign, for missing cells
DOMINANT_COLUMN_SHARE = 0.99  # of the variance, beyond which a column decides alone ...
DOMINANT_COLUMNS = 3  # ... or so many of ten times as many
DOMINANT_ROW_SHARE = 0.95  # the same of a row ...
DOMINANT_ROWS = 20  # ... or so many of fifty times as many
TYPICAL_SCORED_ROWS = 2_048  # fitted rows that say which outlier scores are usual ...
COMPARED_SCORED_ROWS = 256  # the same under a metric that compares rows with rows
TYPICAL_NEIGHBORS = 15  # ... of which the nearest codes count
USUAL_QUANTILE = 0.9  # of their excess over the median is its unit
LARGEST_EXCESS = 1e6  # in these units
LEAST_LEFT_OUT = 1e-6  # of a row's squared length, below which what components leave is rounding
MOST_LEVERAGE = 0.9  # of a fitted row on the components
LARGEST_ERROR = 1e100  # of a cell, in units of a standardised one

# Checkpoints (notes/falls_short.md, "Saving and surviving").
CHECKPOINT_SECONDS = 60.0  # from one to the next at least ...
CHECKPOINT_SHARE = 0.02  # ... and of the time, where writing them takes longer than that

# What verbose=1 prints.
SECONDS_BETWEEN_LINES = 5.0
SECONDS_BETWEEN_BARS = 0.1  # where a line is written over
BAR_WIDTH = 24  # characters
BAR_LINE = 52  # characters after the bar, so that 80 hold all
