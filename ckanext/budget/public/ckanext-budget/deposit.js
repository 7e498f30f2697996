/* The deposit page: files are sent as soon as they are chosen, one by one, with their progress.
   Without this script the form sends them itself. */
(function () {
  'use strict';

  const form = document.querySelector('[data-budget-deposit]');
  if (form) {
    start(form);
  }
  const waiting = document.querySelector('[data-budget-waiting]');
  if (waiting) {
    follow(waiting, 2000);
  }
  const proposal = document.querySelector('#deposit-form');
  if (proposal) {
    proposal.addEventListener('submit', publishOnce);
  }

  // The answer may take some seconds: say it, and send it once.
  function publishOnce(event) {
    if (proposal.dataset.busy) {
      event.preventDefault();
    } else if (event.submitter && event.submitter.value === 'publish') {
      proposal.dataset.busy = 'yes';
      proposal.querySelector('[data-budget-busy]').textContent = proposal.dataset.textBusy;
    }
  }
  // Back to this page by the browser's own button: it may be sent again.
  window.addEventListener('pageshow', function (event) {
    if (event.persisted && proposal) {
      delete proposal.dataset.busy;
      proposal.querySelector('[data-budget-busy]').textContent = '';
    }
  });

  function start(form) {
    const field = form.querySelector('input[type=file]');
    const drop = form.querySelector('[data-budget-drop]');
    function chosen() {
      if (field.files.length && form.checkValidity()) {
        deposit(form, Array.from(field.files));
      }
    }
    field.addEventListener('change', chosen);
    chosen(); // the files may have been chosen before this script was there
    form.addEventListener('submit', function (event) {
      event.preventDefault();
      if (form.reportValidity()) {
        deposit(form, Array.from(field.files));
      }
    });
    ['dragover', 'drop'].forEach(function (name) {
      drop.addEventListener(name, function (event) {
        event.preventDefault();
      });
    });
    drop.addEventListener('drop', function (event) {
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event('change'));
    });
  }

  async function deposit(form, files) {
    const status = form.querySelector('[data-budget-status]');
    const list = form.querySelector('[data-budget-list]');
    if (form.dataset.busy) {
      return;
    }
    form.dataset.busy = 'yes';
    list.replaceChildren();
    setDisabled(form, true);
    try {
      const made = await send(form.action, fields(form), null);
      for (const file of files) {
        const data = fields(form);
        data.append('upload', file);
        await one(made.url + '/fichier', data, file, form, list, status);
      }
      status.textContent = form.dataset.textDone;
      window.location.assign(made.url);
    } catch (error) {
      status.textContent = form.dataset.textFailed;
      status.className = 'alert alert-danger mt-3';
      delete form.dataset.busy;
      setDisabled(form, false);
    }
  }

  async function one(url, data, file, form, list, status) {
    const item = document.createElement('li');
    const name = document.createElement('span');
    const bar = document.createElement('progress');
    const verdict = document.createElement('span');
    name.textContent = file.name + ' ';
    bar.max = 1;
    bar.setAttribute('aria-label', file.name);
    item.append(name, bar, ' ', verdict);
    list.append(item);
    status.textContent = form.dataset.textSending + ' : ' + file.name;
    const answer = await send(url, data, function (share) {
      bar.value = share;
      if (share >= 1) {
        bar.removeAttribute('value');
        status.textContent = form.dataset.textChecking + ' : ' + file.name;
      }
    });
    bar.value = 1;
    verdict.textContent = answer.files.map(function (known) {
      const word = form.dataset['text' + known.state.charAt(0).toUpperCase() + known.state.slice(1)];
      return [word || known.state, known.message].filter(Boolean).join(' : ');
    }).join(' ; ');
  }

  function fields(form) {
    const data = new FormData();
    form.querySelectorAll('input[type=hidden], select').forEach(function (input) {
      data.append(input.name, input.value);
    });
    return data;
  }

  function send(url, data, progress) {
    return new Promise(function (resolve, reject) {
      const request = new XMLHttpRequest();
      request.open('POST', url);
      request.setRequestHeader('Accept', 'application/json');
      request.responseType = 'json';
      if (progress) {
        request.upload.addEventListener('progress', function (event) {
          progress(event.lengthComputable ? event.loaded / event.total : 0);
        });
      }
      request.addEventListener('load', function () {
        if (request.status === 200 && request.response) {
          resolve(request.response);
        } else {
          reject(new Error(String(request.status)));
        }
      });
      request.addEventListener('error', function () {
        reject(new Error('network'));
      });
      request.send(data);
    });
  }

  function setDisabled(form, value) {
    form.querySelectorAll('button, input[type=file]').forEach(function (control) {
      control.disabled = value;
    });
  }

  function follow(box, delay) {
    window.setTimeout(function () {
      fetch(box.dataset.budgetWaiting, { headers: { Accept: 'application/json' } })
        .then(function (answer) {
          return answer.json();
        })
        .then(function (known) {
          if (known.waiting) {
            tell(box, known.files);
            follow(box, Math.min(delay * 1.5, 15000));
          } else {
            window.location.reload();
          }
        })
        .catch(function () {
          follow(box, 15000);
        });
    }, delay);
  }

  function tell(box, files) {
    const atWork = files.filter(function (file) {
      return file.state === 'waiting' || file.state === 'publishing';
    });
    const done = files.length - atWork.length;
    box.querySelector('progress').value = done;
    box.querySelector('[role=status]').textContent = box.dataset.text
      .replace('{done}', done)
      .replace('{total}', files.length);
  }
})();
